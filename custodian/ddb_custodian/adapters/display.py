"""Where the pairing code can be read: in a file, or on the console."""

import logging
import os
from pathlib import Path


class FileDisplay:
    """A `CodeDisplay` in a file (0600) that is there only while a window is open."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def show(self, code: str | None) -> None:
        if code is None:
            self._path.unlink(missing_ok=True)
            return
        fresh = self._path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(code + "\n")
        fresh.replace(self._path)


class ConsoleDisplay:
    """A `CodeDisplay` on the console that the service logs to."""

    def show(self, code: str | None) -> None:
        log = logging.getLogger("ddb.pairing")
        if code is None:
            log.info("pairing is closed")
        else:
            log.info("pairing is open; the code is %s", code)
