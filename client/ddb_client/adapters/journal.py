"""Journals as files, and the lock that says which process has a drop in hand."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ddb_client.adapters.private_files import alone, remove_private, write_private
from ddb_client.core.manifest import Journal
from ddb_contract.text import b32


class FileJournals:
    """Port `Journals`, in `journals/` of the state folder. Written in ASCII, since names on a disk may be no UTF-8."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "journals"

    def all(self) -> list[Journal]:
        return [journal for path in sorted(self._folder.glob("*.json")) if (journal := _read(path))]

    def read(self, drop: bytes) -> Journal | None:
        return _read(self._path(drop))

    def write(self, journal: Journal) -> None:
        write_private(self._folder / f"{journal.drop}.json", json.dumps(journal.model_dump()).encode())

    def remove(self, drop: bytes) -> None:
        remove_private(self._path(drop))

    @contextmanager
    def alone(self, drop: bytes) -> Iterator[bool]:
        with alone(self._folder / f"{b32(drop)}.lock") as mine:
            yield mine

    def _path(self, drop: bytes) -> Path:
        return self._folder / f"{b32(drop)}.json"


def _read(path: Path) -> Journal | None:
    """None also for a file that is no journal: nothing may be wiped by it."""
    try:
        return Journal.model_validate(json.loads(path.read_bytes()))
    except (FileNotFoundError, ValueError):
        return None
