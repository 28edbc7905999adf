"""The practice fleet as a person handles it, finding, pairing, and giving up a pairing."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.harness import Laptop, sha256, until


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    laptop = Laptop(tmp_path / "home")
    yield laptop
    laptop.ddb("fleet", "down")


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_a_fleet_outlives_its_terminal_and_goes_when_told(laptop: Laptop) -> None:
    up = laptop.begin("fleet", "up", "--custodians", "3", start_new_session=True)
    up.communicate(timeout=60)
    members = laptop.json("fleet", "status")
    assert [member["running"] for member in members] == [True] * 3
    pids = [int((path / "lock").read_text()) for path in (laptop.home / "practice").iterdir() if path.is_dir()]
    assert len(pids) == 3
    assert all(alive(pid) and os.getpgid(pid) != os.getpgid(0) for pid in pids)
    assert laptop.ddb("fleet", "down").status == 0
    until(lambda: not any(alive(pid) for pid in pids), "all have ended", 10)


def test_down_and_up_again_keeps_everything(laptop: Laptop, letter: Path, tmp_path: Path) -> None:
    digest = sha256(letter)
    before = laptop.json("fleet", "up", "--custodians", "2")
    laptop.json("pair", "--all")
    done = laptop.json("split", letter, "--custodians", "2", "--release", "after 1s", "--yes")
    laptop.json("fleet", "down")
    assert laptop.json("fleet", "up", "--custodians", "2") == before
    back = laptop.json("recover", done["drop"], "--wait", "--to", tmp_path / "again")
    assert back["sha256"] == digest


def test_everything_lies_under_its_home(laptop: Laptop, letter: Path, tmp_path: Path) -> None:
    laptop.json("fleet", "up", "--custodians", "2")
    laptop.json("pair", "--all")
    laptop.json("split", letter, "--custodians", "2", "--release", "after 1h", "--yes")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home"]


def test_discover_shows_who_is_there_and_paired(laptop: Laptop) -> None:
    members = {member["id"]: member for member in laptop.json("fleet", "up", "--custodians", "3")}
    mine = [each for each in laptop.json("discover") if each["id"] in members]
    assert [set(each) for each in mine] == [{"id", "name", "host", "port", "paired"}] * 3
    assert not any(each["paired"] for each in mine)
    assert all(each["port"] == members[each["id"]]["port"] for each in mine)
    laptop.json("pair", "--all")
    mine = [each for each in laptop.json("discover") if each["id"] in members]
    assert all(each["paired"] for each in mine)


def test_practice_is_called_practice_wherever_it_matters(laptop: Laptop, letter: Path) -> None:
    assert "locks nothing" in laptop.ddb("fleet", "up", "--custodians", "2").err
    assert "locks nothing" in laptop.ddb("pair", "--all").err
    arguments = ("split", letter, "--custodians", "2", "--release", "after 1h", "--yes")
    split = laptop.ddb(*arguments)
    assert "lock nothing" in split.out + split.err
    assert "practice" in laptop.ddb("status").out + laptop.ddb("status").err


def test_a_laptop_that_was_revoked_deposits_no_more(laptop: Laptop, letter: Path) -> None:
    laptop.json("fleet", "up", "--custodians", "2")
    laptop.json("pair", "--all")
    (me,) = laptop.json("laptops", "attic")
    assert me["you"] is True
    assert laptop.ddb("laptops", "attic", "--revoke", me["laptop"], "--yes").status == 0
    laptop.ddb("split", letter, "--custodians", "2", "--release", "after 1h", "--yes").refused(2, "only 1")
    assert letter.exists()


def test_the_log_shows_what_happened_and_that_it_is_whole(laptop: Laptop, letter: Path) -> None:
    laptop.json("fleet", "up", "--custodians", "2")
    laptop.json("pair", "--all")
    done = laptop.json("split", letter, "--custodians", "2", "--release", "after 1h", "--yes")
    log = laptop.ddb("log", "attic")
    assert "the chain is whole" in log.out
    assert done["drop"] in log.out


def test_unpairing_is_told_to_the_custodian(laptop: Laptop) -> None:
    laptop.json("fleet", "up", "--custodians", "2")
    laptop.json("pair", "--all")
    assert laptop.ddb("unpair", "attic", "--yes").status == 0
    laptop.ddb("laptops", "attic").refused(2, "attic")
