"""Files that are there whole or not at all, and the operating system's errors in the custodian's own words."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ddb_contract.problems import Failing, NoRoom

_FULL = {errno.ENOSPC, errno.EDQUOT}


@contextmanager
def refusals() -> Iterator[None]:
    """Raises NoRoom for a full disk, and Failing for everything else that the operating system can't do."""
    try:
        yield
    except OSError as error:
        raise (NoRoom if error.errno in _FULL else Failing)() from error


def sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def write_at(fd: int, data: bytes | memoryview, offset: int) -> None:
    """All of `data`, however often the system must be asked."""
    view = memoryview(data)
    while view:
        written = os.pwrite(fd, view, offset)
        view, offset = view[written:], offset + written


def replace_file(path: Path, data: bytes) -> None:
    """The file (0600) holds `data` from now on, also after a crash: temp, fsync, rename, folder fsync."""
    temp = path.with_name(path.name + ".part")
    fd = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        write_at(fd, data, 0)
        os.fsync(fd)
    finally:
        os.close(fd)
    temp.replace(path)
    sync_folder(path.parent)


def private_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
