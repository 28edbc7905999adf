"""Putting back: written beside the target, fsynced, renamed. Long runs of zeros become holes."""

import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePath
from typing import TypeVar

from ddb_client.adapters.private_files import alone
from ddb_client.adapters.source import absolute, why
from ddb_client.core.pack import Entry, Kind
from ddb_client.errors import BadShare, BadTarget, LocalDisk
from ddb_client.ports import Buffer, Chunks

_HOLE = 65_536
_ZEROS = bytes(_HOLE)
_SET_ID = stat.S_ISUID | stat.S_ISGID
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class DiskTarget:
    """Port `Target`."""

    def begin(self, path: str, force: bool) -> "_Writing":
        target = absolute(path)
        if not target.parent.is_dir():
            raise BadTarget(f"there is no folder {target.parent}", "make it, or choose another --to")
        if not os.access(target.parent, os.W_OK):
            raise BadTarget(f"nothing can be written to {target.parent}", "choose another --to")
        return _Writing(target, force)


class _Writing:
    """Port `Writing`. What a killed run left beside the target is replaced; what it had put aside is put back."""

    def __init__(self, target: Path, force: bool) -> None:
        self._target, self._force, self._top = target, force, ""
        mark = hashlib.sha256(os.fsencode(target.name)).hexdigest()[:12]
        self._new, self._old, lock = (target.with_name(f".ddb-{mark}.{what}") for what in ("new", "old", "lock"))
        self._folders, self._links = list[tuple[Path, Entry]](), list[tuple[Path, Entry]]()
        self._held = ExitStack()
        try:
            self._make_way(lock)
        except BaseException:
            self._held.close()
            raise

    def _make_way(self, lock: Path) -> None:
        if not self._held.enter_context(alone(lock)):
            raise BadTarget(f"another ddb writes to {self._target}", "wait until it is done, or choose another --to")
        with _local():
            if os.path.lexists(self._old) and not os.path.lexists(self._target):
                self._old.rename(self._target)
            _refuse_existing(self._target, self._force)
            _clear(self._new)

    def add(self, entry: Entry, chunks: Chunks) -> None:
        self._top = self._top or entry.path
        path = within(self._new, entry.path[len(self._top) + 1 :])
        with _local():
            match entry.kind:
                case Kind.FILE:
                    _write(path, entry, iter(chunks))
                case Kind.FOLDER:
                    path.mkdir(mode=0o700)
                    self._folders.append((path, entry))
                case Kind.LINK:
                    self._links.append((path, entry))

    def finish(self) -> str:
        with _local():
            for path, entry in self._links:
                path.symlink_to(entry.target)
                os.utime(path, ns=(entry.mtime_ns, entry.mtime_ns), follow_symlinks=False)
            for path, entry in reversed(self._folders):
                os.utime(path, ns=(entry.mtime_ns, entry.mtime_ns))
                _sync(path, entry.mode)
            _refuse_existing(self._target, self._force)
            self._swap()
            _sync(self._target.parent)
            _clear(self._old)
        self._held.close()
        return str(self._target)

    def _swap(self) -> None:
        """Only a file can take a file's place in one step; anything else is put aside until the new one is there."""
        aside = os.path.lexists(self._target) and (_is_folder(self._target) or _is_folder(self._new))
        if aside:
            _clear(self._old)
            self._target.rename(self._old)
        try:
            self._new.replace(self._target)
        except BaseException:
            if aside and not os.path.lexists(self._target):
                self._old.rename(self._target)
            raise

    def abandon(self) -> None:
        _clear(self._new)
        self._held.close()


P = TypeVar("P", bound=PurePath)


def within(top: P, below: str) -> P:
    """The place of a pack's path ("" is `top` itself). Raises BadShare for a name that leads elsewhere on this system.

    A pack's names hold no slash, but on Windows a backslash or a drive's colon leads out too.
    """
    for name in below.split("/") if below else []:
        if type(top)(name).name != name:
            raise BadShare(f"{name!r} can't be a name on this system")
        top = top / name
    return top


def _write(path: Path, entry: Entry, chunks: Iterator[Buffer]) -> None:
    descriptor = os.open(path, _CREATE, 0o600)
    try:
        for chunk in chunks:
            _write_with_holes(descriptor, memoryview(chunk))
        os.ftruncate(descriptor, entry.size)
        os.utime(path, ns=(entry.mtime_ns, entry.mtime_ns))
        path.chmod(entry.mode & ~_SET_ID)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_with_holes(descriptor: int, chunk: memoryview) -> None:
    for start in range(0, len(chunk), _HOLE):
        part = chunk[start : start + _HOLE]
        if bytes(part) == _ZEROS:
            os.lseek(descriptor, _HOLE, os.SEEK_CUR)
            continue
        while part:
            part = part[os.write(descriptor, part) :]


def _sync(folder: Path, mode: int | None = None) -> None:
    """fsyncs the folder; gives it `mode` when it is already open, which a mode may forbid."""
    descriptor = os.open(folder, os.O_RDONLY) if os.name == "posix" else None
    try:
        if mode is not None:
            folder.chmod(mode)
        if descriptor is not None:
            os.fsync(descriptor)
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _refuse_existing(target: Path, force: bool) -> None:
    if os.path.lexists(target) and not force:
        raise BadTarget(f"{target} is there already", "choose another place with --to, or replace it with --force")


def _is_folder(path: Path) -> bool:
    return stat.S_ISDIR(os.lstat(path).st_mode)


def _clear(path: Path) -> None:
    if not os.path.lexists(path):
        return
    if not _is_folder(path):
        path.unlink()
        return
    for folder, _, _ in os.walk(path):
        Path(folder).chmod(0o700)
    shutil.rmtree(path)


@contextmanager
def _local() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise LocalDisk(
            f"can't write what was recovered: {why(error)}",
            "make room or choose another place with --to" if full else "choose another place with --to",
        ) from error
