"""What is wiped is exactly what was read, and the report is honest."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from e2e.harness import Fleet
from e2e.middle import HoldingRelay, reroute

ARGUMENTS = ("--custodians", "3", "--release", "after 1h", "--yes", "--json")
MEGA = 1_000_000


def test_the_report_names_file_system_and_medium_and_what_may_remain(fleet: Fleet, letter: Path) -> None:
    report = fleet.split(letter)["wipe_report"]
    assert report["filesystem"]
    assert report["medium"]
    assert report["remains"]
    assert "encrypted container" in report["advice"]


def test_nothing_claims_to_be_securely_deleted(fleet: Fleet, letter: Path) -> None:
    result = fleet.ddb("split", letter, *ARGUMENTS[:-1])
    assert result.status == 0, result
    assert "secure" not in (result.out + result.err).lower()
    assert "may remain" in result.out + result.err


def split_while(fleet: Fleet, original: Path, size: int, meddle: Callable[[], object]) -> tuple[int, str, str]:
    """Splits, and meddles once `size` bytes have gone to one custodian and no more gets through."""
    attic = fleet["attic"]
    with HoldingRelay(attic.port, size) as relay:
        reroute(fleet, "attic", relay.port)
        process = fleet.begin("split", original, *ARGUMENTS)
        assert relay.held.wait(60), process.communicate(timeout=60)
        meddle()
        relay.released.set()
        out, err = process.communicate(timeout=60)
    reroute(fleet, "attic", attic.port)
    return process.returncode, out, err


def append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"and more")


def replace(path: Path) -> None:
    twin = path.with_name("twin")
    shutil.copy2(path, twin)
    twin.rename(path)


def touch_up(path: Path) -> None:
    """Another byte, the same size, the old times."""
    was = path.stat()
    with path.open("r+b") as file:
        file.write(b"X")
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))


@pytest.mark.parametrize("meddle", [append, replace, touch_up])
def test_a_file_meddled_with_after_it_was_read_is_left(
    own_fleet: Fleet, letter: Path, meddle: Callable[[Path], object]
) -> None:
    status, out, err = split_while(own_fleet, letter, 20_000, lambda: meddle(letter))
    assert letter.exists()
    assert "letter.txt" in out + err
    assert "Traceback" not in err
    assert status in (0, 1), err


def test_a_file_that_grows_while_it_is_read_ends_the_split_and_nothing_is_lost(
    own_fleet: Fleet, tmp_path: Path
) -> None:
    original = tmp_path / "growing"
    original.write_bytes(os.urandom(40 * MEGA))
    status, out, err = split_while(own_fleet, original, 2 * MEGA, lambda: append(original))
    assert (status, out) == (1, "")
    assert "ddb: " in err
    assert "growing" in err
    assert original.stat().st_size == 40 * MEGA + 8
    assert own_fleet.drops() == []


def test_what_was_added_to_a_folder_is_left_and_named(own_fleet: Fleet, tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "old").write_text("old")
    status, out, err = split_while(own_fleet, folder, 20_000, lambda: (folder / "new").write_text("new"))
    assert status in (0, 1), err
    assert (folder / "new").read_text() == "new"
    assert not (folder / "old").exists()
    assert "new" in out + err


def test_a_link_is_not_followed(fleet: Fleet, letter: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(letter)
    result = fleet.ddb("split", link, *ARGUMENTS)
    assert letter.read_text() == "to be read later\n"
    result.refused(2, "link")


def test_a_second_name_of_the_same_file_keeps_its_content(fleet: Fleet, letter: Path, tmp_path: Path) -> None:
    twin = tmp_path / "twin.txt"
    twin.hardlink_to(letter)
    result = fleet.ddb("split", letter, *ARGUMENTS)
    assert twin.read_text() == "to be read later\n"
    assert "link" in result.out + result.err


def test_a_folder_may_hold_links_out_of_it_and_they_stay_links(fleet: Fleet, letter: Path, tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "out").symlink_to(letter)
    done: dict[str, Any] = fleet.split(folder)
    assert letter.read_text() == "to be read later\n"
    fleet.json("recover", done["drop"], "--wait", "--to", tmp_path / "again")
    assert (tmp_path / "again" / "out").readlink() == letter
