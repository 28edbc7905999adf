"""Taking the original away. One file at a time: compare, rename to a name of our own, overwrite, fsync, unlink.

The rename comes first, so that after a crash a half-overwritten file is known to be ours by its name and inode, and
not taken for one that somebody changed.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path

from ddb_client.adapters.medium import medium_of
from ddb_client.adapters.source import CHUNK, additions, change, place, why
from ddb_client.core.manifest import Item, Manifest
from ddb_client.core.remains import Left, WipeReport
from ddb_contract.text import b32

_COPIES = ("{}~", "{}.bak", "{}.orig", "#{}#", ".#{}", ".{}.swp", ".{}.swo", "~${}", ".~lock.{}#")
_WRITE = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_LINKED = "it has other names (hard links), which would lose their content too"


class DiskEraser:
    """Port `Eraser`."""

    def wipe(self, drop: bytes, manifest: Manifest) -> WipeReport:
        root, done = Path(manifest.path), _Done()
        medium = medium_of(root)
        for number, item in reversed(list(enumerate(manifest.items))):
            path = place(manifest, item)
            try:
                _remove(path, path.with_name(f".ddb-{b32(drop)[:8]}-{number}.wiping"), item, done)
            except OSError as error:
                done.left.append(Left(str(path), why(error)))
        if root.parent.is_dir():
            _sync_folder(root.parent)
        done.left += [Left(str(path), "it was added since") for path in additions(manifest)]
        copies = [str(root.with_name(copy.format(root.name))) for copy in _COPIES]
        seen = tuple(copy for copy in copies if os.path.lexists(copy))
        return WipeReport(done.removed, done.overwritten, tuple(done.left), seen, medium)


@dataclass
class _Done:
    removed: int = 0
    overwritten: int = 0
    left: list[Left] = field(default_factory=list)


def _remove(path: Path, ours: Path, item: Item, done: _Done) -> None:
    """`ours`: the name that a file gets while it is wiped."""
    if not os.path.lexists(path):
        if item.kind == "file" and os.path.lexists(ours):
            _overwrite(path, ours, item, done)
        return
    what = _LINKED if item.kind == "file" and item.fingerprint.links > 1 else change(path, item)
    if what is not None:
        done.left.append(Left(str(path), what))
    elif item.kind == "folder":
        _remove_folder(path, done)
    elif item.kind == "link":
        path.unlink()
        done.removed += 1
    else:
        path.rename(ours)
        _overwrite(path, ours, item, done)


def _remove_folder(path: Path, done: _Done) -> None:
    _sync_folder(path)
    if any(path.iterdir()):
        done.left.append(Left(str(path), "it is not empty"))
        return
    path.rmdir()
    done.removed += 1


def _overwrite(path: Path, ours: Path, item: Item, done: _Done) -> None:
    """Overwrites and unlinks `ours` if it is the very file that was read; else gives it its name back."""
    now = os.lstat(ours)
    if (now.st_dev, now.st_ino, now.st_nlink) != (item.fingerprint.device, item.fingerprint.inode, 1):
        ours.rename(path)
        done.left.append(Left(str(path), "it was replaced"))
        return
    if not os.access(ours, os.W_OK):
        ours.chmod(0o600)
    descriptor = os.open(ours, _WRITE)
    try:
        for start in range(0, now.st_size, CHUNK):
            os.write(descriptor, os.urandom(min(CHUNK, now.st_size - start)))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    ours.unlink()
    done.removed += 1
    done.overwritten += now.st_size


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
