"""Fixtures of the end-to-end tests; what they give is in harness.py."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from e2e.harness import Fleet, Laptop


@pytest.fixture(scope="module")
def make_fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[int], Fleet]]:
    """Makes paired practice fleets of so many custodians, each in a state folder of its own; ends them afterwards."""
    fleets: list[Fleet] = []

    def make(size: int = 3) -> Fleet:
        fleets.append(Fleet(tmp_path_factory.mktemp("home"), size))
        fleets[-1].up()
        return fleets[-1]

    yield make
    for fleet in fleets:
        fleet.down()


@pytest.fixture(scope="module")
def fleet(make_fleet: Callable[[int], Fleet]) -> Fleet:
    """Three custodians that all tests of a module share: they only add drops."""
    return make_fleet(3)


@pytest.fixture
def own_fleet(tmp_path: Path) -> Iterator[Fleet]:
    """Three custodians for one test, to be mistreated."""
    fleet = Fleet(tmp_path / "home", 3)
    fleet.up()
    yield fleet
    fleet.down()


@pytest.fixture
def stranger(tmp_path: Path) -> Laptop:
    """A laptop that was never paired with anybody."""
    return Laptop(tmp_path / "elsewhere")


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    """A small file."""
    path = tmp_path / "letter.txt"
    path.write_text("to be read later\n")
    return path
