"""Whatever is done to a custodian's clocks, nothing opens early."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from e2e.harness import Fleet, sha256

HOUR = 3600
NAMESPACE = ("unshare", *(() if os.geteuid() == 0 else ("--map-root-user",)), "--time")


@dataclass(frozen=True)
class Trick:
    """What is put in front of a custodian, and into its environment, to mislead it."""

    prefix: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)


def wall(shift: str) -> Trick:
    return Trick(("faketime", "-f", shift), {"FAKETIME_DONT_FAKE_MONOTONIC": "1"})


def raw(seconds: int) -> Trick:
    return Trick((*NAMESPACE, "--monotonic", str(seconds), "--boottime", str(seconds), "--fork", "--kill-child"))


TRICKS = {
    "wall clock ten years ahead": wall("+3650d"),
    "wall clock ten years back": wall("-3650d"),
    "raw clock ten minutes ahead": raw(600),
    "raw clock years ahead": raw(3 * 366 * 86_400),
    "no trick": Trick(),
}


@pytest.fixture(scope="module")
def locked(make_fleet: Callable[[int], Fleet], tmp_path_factory: pytest.TempPathFactory) -> tuple[Fleet, str]:
    """A fleet and a drop that is locked for an hour."""
    fleet, letter = make_fleet(3), tmp_path_factory.mktemp("original") / "letter.txt"
    letter.write_text("not within the hour")
    return fleet, fleet.split(letter, f"after {HOUR}s")["drop"]


@pytest.mark.parametrize("trick", TRICKS.values(), ids=TRICKS)
def test_a_restart_under_another_clock_opens_nothing(locked: tuple[Fleet, str], trick: Trick, tmp_path: Path) -> None:
    fleet, drop = locked
    fleet.down()
    fleet.start_all(trick.prefix, **trick.environment)
    fleet.ddb("recover", drop, "--to", tmp_path / "again").refused(3, "of 1h left")
    left = [fleet.ask_status(custodian, drop)["verdict"]["next_change"] for custodian in fleet.custodians]
    assert all(HOUR - 600 < each <= HOUR for each in left)


def test_again_and_again_adds_nothing(locked: tuple[Fleet, str]) -> None:
    fleet, drop = locked
    attic = fleet["attic"]
    before = fleet.ask_status(attic, drop)["verdict"]["next_change"]
    begun = time.monotonic()
    for years in (1, 2, 3, 4):
        attic.stop()
        attic.start(raw(years * 366 * 86_400).prefix)
    passed = time.monotonic() - begun
    assert before - fleet.ask_status(attic, drop)["verdict"]["next_change"] <= passed


@pytest.mark.parametrize("shift", ["-3650d", "+3650d"])
def test_a_wrong_clock_at_the_first_start_neither_opens_early_nor_never(
    shift: str, letter: Path, tmp_path: Path
) -> None:
    fleet, trick, digest = Fleet(tmp_path / "home", 2), wall(shift), sha256(letter)
    try:
        fleet.up(trick.prefix, **trick.environment)
        locked = time.monotonic()
        drop = fleet.split(letter, "after 5s")["drop"]
        fleet.down()
        fleet.start_all()
        back = fleet.json("recover", drop, "--wait", "--to", tmp_path / "again")
        assert back["sha256"] == digest
        assert time.monotonic() - locked >= 5
    finally:
        fleet.down()
