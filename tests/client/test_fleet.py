"""The practice fleet's use cases, without processes."""

import pytest

from ddb_client import fleet
from ddb_client.errors import Usage
from ddb_client.ports import Address, Paired
from fakes_client import FakeFleet, MemoryBook


def names(members) -> list[str]:
    return [member.name for member in members]


def test_the_fleet_grows_to_the_number_asked_for_and_never_shrinks() -> None:
    practice = FakeFleet()
    assert names(fleet.bring_up(practice, 3)) == ["desk", "attic", "shed"]
    assert names(fleet.bring_up(practice, 4)) == ["desk", "attic", "shed", "cellar"]
    assert len(fleet.bring_up(practice, 2)) == 4


def test_stopped_ones_come_back_before_new_ones() -> None:
    practice = FakeFleet()
    fleet.bring_up(practice, 3)
    assert fleet.stop(practice, "attic") == ["attic"]
    assert names(fleet.bring_up(practice, 3)) == ["desk", "attic", "shed"]


def test_sixteen_is_all_there_are() -> None:
    assert len(set(fleet.NAMES)) == 16
    practice = FakeFleet()
    assert len(fleet.bring_up(practice, 16)) == 16
    with pytest.raises(Usage, match="at most 16"):
        fleet.bring_up(practice, 17)


def test_stopping_a_stranger_is_refused() -> None:
    with pytest.raises(Usage, match="no practice custodian is called loft"):
        fleet.stop(FakeFleet("desk"), "loft")


def test_removing_forgets_practice_pairings_and_only_those() -> None:
    here = Address("127.0.0.1", 1)
    real = Paired("r" * 52, "attic", here, bytes(32), False, False)
    book = MemoryBook(Paired("p" * 52, "desk", here, bytes(32), True, True), real)
    practice = FakeFleet("desk")
    assert fleet.remove(practice, book) == ["desk"]
    assert (practice.members(), book.all()) == ([], [real])
