"""Files for this user's eyes only, replaced whole or not at all."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ddb_client.errors import LocalDisk

LARGEST = 1 << 20
"""Bytes of the largest file that is read; ours are far smaller."""
_ROOM = "make room or choose another DDB_HOME"


def read_private(path: Path) -> bytes | None:
    """The file's bytes, at most LARGEST + 1 of them; None when there is no such file. Raises LocalDisk."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LocalDisk(f"can't read {path}: {_why(error)}") from error


def write_private(path: Path, data: bytes) -> None:
    """Replaces the file (0600, its folder 0700): temp, fsync, rename, folder fsync. Raises LocalDisk."""
    try:
        make_private(path.parent)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
    except OSError as error:
        raise LocalDisk(f"can't write {path}: {_why(error)}", _ROOM) from error


def remove_private(path: Path) -> None:
    """Removes the file and what an interrupted write of it left behind. Raises LocalDisk."""
    try:
        for leftover in path.parent.glob(f".{path.name}.*"):
            leftover.unlink(missing_ok=True)
        if path.exists():
            path.unlink()
            sync_folder(path.parent)
    except OSError as error:
        raise LocalDisk(f"can't remove {path}: {_why(error)}") from error


def make_private(folder: Path) -> None:
    """Makes the folder (0700) if there is none. Raises OSError."""
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.mkdir(exist_ok=True, mode=0o700)


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Holds the lock file at `path`; other processes of this user wait. Raises LocalDisk."""
    descriptor = _opened(path)
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def alone(path: Path) -> Iterator[bool]:
    """Whether no other process holds the lock file at `path`; if so it is held until the end, and gone then.

    Raises LocalDisk.
    """
    descriptor, mine = _opened(path), False
    try:
        mine = _locked(descriptor) and _same(descriptor, path)
        yield mine
    finally:
        if mine and os.name == "posix":
            path.unlink(missing_ok=True)
        os.close(descriptor)


def _opened(lock: Path) -> int:
    try:
        make_private(lock.parent)
        return os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise LocalDisk(f"can't write {lock}: {_why(error)}", _ROOM) from error


def _locked(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _same(descriptor: int, path: Path) -> bool:
    """Whether the locked file still has its name: another process may have unlinked it in between."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def sync_folder(folder: Path) -> None:
    """Makes the names in it durable, where a system can."""
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _why(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
