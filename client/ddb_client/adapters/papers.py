"""Texts in new files, for the owner's eyes only."""

import os
from pathlib import Path

from ddb_client.adapters.private_files import sync_folder
from ddb_client.errors import BadTarget, LocalDisk


class DiskPapers:
    """Port `Papers`."""

    def check(self, path: str) -> None:
        if os.path.lexists(path):
            raise BadTarget(f"{path} is there already", "choose another name, or take it away")
        if not Path(path).parent.is_dir():
            raise BadTarget(f"there is no folder {Path(path).parent}")

    def write(self, path: str, text: str) -> None:
        self.check(path)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
                sync_folder(Path(path).parent)
            except BaseException:
                self.remove(path)
                raise
        except OSError as error:
            raise LocalDisk(f"can't write {path}: {(error.strerror or str(error)).lower()}") from error

    def remove(self, path: str) -> None:
        Path(path).unlink(missing_ok=True)
