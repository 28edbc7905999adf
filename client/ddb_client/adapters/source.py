"""Reading the original: for reading only, never through a link, and only as long as it is what the survey saw."""

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from ddb_client.core.manifest import Fingerprint, Item, Manifest, difference
from ddb_client.errors import BadTarget, SourceChanged
from ddb_contract.text import b64

CHUNK = 1 << 20
READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_AGAIN = "nothing was wiped; try again when nothing writes to it"


class DiskSource:
    """Port `Source`. `home` is our own state folder, which is never put away."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def survey(self, path: str) -> Manifest:
        root = absolute(path)
        self._refuse_own(root, path)
        if root.is_symlink():
            raise BadTarget(f"{path} is a link", f"name what it points to: {root.readlink()}")
        return Manifest(path=str(root), items=list(_walk(root)))

    def _refuse_own(self, root: Path, path: str) -> None:
        real, home = root.resolve(), self._home.resolve()
        if not root.name:
            raise BadTarget(f"{path} is a whole file system", "name one file or folder in it")
        if real == home or home in real.parents:
            raise BadTarget(f"{path} lies in DeadDropBox's own folder {home}", "what is there can't be put away")
        if real in home.parents:
            raise BadTarget(f"{path} contains DeadDropBox's own folder {home}", "put away a folder without it")

    def read(self, manifest: Manifest, item: Item) -> Iterator[bytes]:
        path = place(manifest, item)
        try:
            yield from _read(path, item)
        except OSError as error:
            raise SourceChanged(f"{path} can't be read any more: {why(error)}", _AGAIN) from error

    def changes(self, manifest: Manifest) -> list[str]:
        places = [(place(manifest, item), item) for item in manifest.items]
        found = [f"{path} {what}" for path, item in places if (what := change(path, item))]
        return found + [f"{path} was added" for path in additions(manifest)]


def absolute(path: str) -> Path:
    """The path from the root, links left alone."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - Path.resolve would follow a last link


def place(manifest: Manifest, item: Item) -> Path:
    """Where an item lies."""
    return Path(manifest.path, item.path)


def change(path: Path, item: Item) -> str | None:
    """In words, how what lies at `path` differs from what was read, its content read again; None if it doesn't."""
    try:
        now = os.lstat(path)
        what = difference(item, fingerprint(now)) if kind(now.st_mode) == item.kind else "was replaced"
        if what is not None:
            return what
        if item.kind == "link":
            return None if _link(path) == item.target else "was changed"
        if item.kind == "file" and item.digest is not None:
            digest = hashlib.sha256()
            for chunk in _read(path, item):
                digest.update(chunk)
            return None if b64(digest.digest()) == item.digest else "was changed"
    except SourceChanged as error:
        return error.message.removeprefix(f"{path} ")
    except FileNotFoundError:
        return "is gone"
    except OSError as error:
        return f"can't be read any more: {why(error)}"
    return None


def additions(manifest: Manifest) -> list[Path]:
    """What lies in the manifest's folders now and was not read, as far as they can be listed."""
    known = {place(manifest, item) for item in manifest.items}
    folders = [place(manifest, item) for item in manifest.items if item.kind == "folder"]
    return [path for folder in folders for path in _listed(folder) if path not in known]


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir()) if folder.is_dir() and not folder.is_symlink() else []
    except OSError:
        return []


def kind(mode: int) -> str | None:
    """What an item of that st_mode is called in a manifest; None for devices and the like."""
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "folder"
    return "link" if stat.S_ISLNK(mode) else None


def fingerprint(status: os.stat_result) -> Fingerprint:
    """What the file system says now."""
    return Fingerprint(
        device=status.st_dev,
        inode=status.st_ino,
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        ctime_ns=status.st_ctime_ns,
        links=status.st_nlink,
    )


def why(error: OSError) -> str:
    """An operating system's error in words."""
    return (error.strerror or str(error)).lower()


def _walk(root: Path) -> Iterator[Item]:
    waiting = [root]
    while waiting:
        path = waiting.pop()
        try:
            item = _item(root, path)
            if item.kind == "folder":
                waiting += sorted(path.iterdir(), reverse=True)
        except FileNotFoundError:
            raise BadTarget(f"there is no {path}") from None
        except OSError as error:
            raise BadTarget(f"{path} can't be read: {why(error)}", "nothing was touched") from error
        yield item


def _item(root: Path, path: Path) -> Item:
    status = os.lstat(path)
    what = kind(status.st_mode)
    if what is None:
        raise BadTarget(f"{path} is a device, socket or pipe", "only files, folders and links can be put away")
    if what != "link" and not os.access(path, os.R_OK | (os.X_OK if what == "folder" else 0)):
        raise BadTarget(f"{path} can't be read: permission denied", "nothing was touched")
    return Item.model_validate(
        {
            "path": "" if path == root else path.relative_to(root).as_posix(),
            "kind": what,
            "mode": stat.S_IMODE(status.st_mode),
            "target": _link(path) if what == "link" else "",
            "fingerprint": fingerprint(status),
        }
    )


def _link(path: Path) -> str:
    return os.readlink(path)  # noqa: PTH115 - a Path would tidy the text


def _read(path: Path, item: Item) -> Iterator[bytes]:
    descriptor = os.open(path, READ)
    try:
        _refuse_changed(path, item, descriptor)
        while chunk := os.read(descriptor, CHUNK):
            yield chunk
        _refuse_changed(path, item, descriptor)
    finally:
        os.close(descriptor)


def _refuse_changed(path: Path, item: Item, descriptor: int) -> None:
    what = difference(item, fingerprint(os.fstat(descriptor)))
    if what is not None:
        raise SourceChanged(f"{path} {what}", _AGAIN)
