"""Taking the original away. One file at a time: compare, rename to a name of our own, overwrite, fsync, unlink.

The rename comes first, so that after a crash a half-overwritten file is known to be ours by its name and inode, and
not taken for one that somebody changed.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import suppress
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
        medium, elsewhere = medium_of(root), _replaced_folders(manifest)
        for number, item in reversed(list(enumerate(manifest.items))):
            path = place(manifest, item)
            ours = path.with_name(f".ddb-{b32(drop)[:8]}-{number}.wiping")
            try:
                if elsewhere.isdisjoint(path.parents):
                    _remove(path, ours, item, done)
            except OSError as error:
                done.left.append(Left(str(ours if os.path.lexists(ours) else path), why(error)))
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


def _replaced_folders(manifest: Manifest) -> set[Path]:
    """Where a folder was read and something else is now: whatever can be found below it lies in another place."""
    folders = [(place(manifest, item), item) for item in manifest.items if item.kind == "folder"]
    return {path for path, item in folders if os.path.lexists(path) and change(path, item)}


def _remove(path: Path, ours: Path, item: Item, done: _Done) -> None:
    """`ours`: the name that a file gets while it is wiped, and has already if a wipe of it was interrupted."""
    if item.kind == "file" and os.path.lexists(ours):
        _overwrite(path, ours, item, done)
    if not os.path.lexists(path):
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
    """Overwrites and unlinks `ours` if it is the very file that was read; else gives it its name back.

    What can't be overwritten is unlinked all the same, and named.
    """
    now, was = os.lstat(ours), item.fingerprint
    if (now.st_dev, now.st_ino, now.st_size, now.st_nlink) != (was.device, was.inode, was.size, 1):
        if not os.path.lexists(path):
            ours.rename(path)
        done.left.append(Left(str(path), "was replaced"))
        return
    if not os.access(ours, os.W_OK):
        ours.chmod(0o600)
    descriptor = os.open(ours, _WRITE)
    try:
        for start, end in _extents(descriptor, now.st_size):
            _fill(descriptor, start, end, done)
        os.fsync(descriptor)
    except OSError as error:
        done.left.append(Left(str(path), f"it was removed, but not all of it could be overwritten: {why(error)}"))
    finally:
        os.close(descriptor)
    ours.unlink()
    done.removed += 1


def _extents(descriptor: int, size: int) -> Iterator[tuple[int, int]]:
    """(start, end) of what the file holds; a hole holds nothing, and writing into it would only fill the disk."""
    if not hasattr(os, "SEEK_DATA"):
        yield 0, size
        return
    end = 0
    while end < size:
        try:
            start = os.lseek(descriptor, end, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:
                return
            raise
        end = os.lseek(descriptor, start, os.SEEK_HOLE)
        yield start, end


def _fill(descriptor: int, start: int, end: int, done: _Done) -> None:
    os.lseek(descriptor, start, os.SEEK_SET)
    while start < end:
        written = os.write(descriptor, os.urandom(min(CHUNK, end - start)))
        start += written
        done.overwritten += written


def _sync_folder(folder: Path) -> None:
    """As far as it may be: a folder that nobody can list, or a file system without it, holds up no wipe."""
    if os.name == "posix":
        with suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
