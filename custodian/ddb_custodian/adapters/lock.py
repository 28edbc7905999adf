"""One process on a state folder at a time: an flock on a file in it, which holds the pid."""

import fcntl
import os
from pathlib import Path
from typing import Self


class Taken(Exception):
    """Another process holds the folder."""


class FolderLock:
    """Held from its making until `close`, or the end of the process however it ends. Raises Taken or OSError."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            raise Taken from None
        os.truncate(self._descriptor, 0)
        os.write(self._descriptor, f"{os.getpid()}\n".encode())

    def close(self) -> None:
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
