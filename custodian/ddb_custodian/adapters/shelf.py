"""The shelf: one SQLite file."""

from pathlib import Path


class SqliteShelf:
    """A `Shelf` in one SQLite file (WAL, every commit fsynced), 0600 in a 0700 folder."""

    def __init__(self, path: Path) -> None:
        raise NotImplementedError
