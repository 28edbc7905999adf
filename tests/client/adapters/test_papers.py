"""Slips on the disk."""

import os
import stat
from pathlib import Path

import pytest

from ddb_client.adapters.papers import DiskPapers
from ddb_client.errors import BadTarget, LocalDisk

PAPERS = DiskPapers()


def test_it_is_there_for_the_owner_only_and_can_be_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "slips"
    PAPERS.write(str(path), "für alle\n")
    assert path.read_text(encoding="utf-8") == "für alle\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    PAPERS.remove(str(path))
    PAPERS.remove(str(path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["file", "folder", "dangling link"])
def test_nothing_is_written_over_or_through_a_link(tmp_path: Path, kind: str) -> None:
    path, elsewhere = tmp_path / "slips", tmp_path / "elsewhere"
    {
        "file": lambda: path.write_text("mine"),
        "folder": path.mkdir,
        "dangling link": lambda: path.symlink_to(elsewhere),
    }[kind]()
    for call in (lambda: PAPERS.check(str(path)), lambda: PAPERS.write(str(path), "x")):
        with pytest.raises(BadTarget):
            call()
    assert not elsewhere.exists()
    assert kind != "file" or path.read_text() == "mine"


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LocalDisk, match="no space left"):
        PAPERS.write(str(tmp_path / "slips"), "x")
    assert list(tmp_path.iterdir()) == []
