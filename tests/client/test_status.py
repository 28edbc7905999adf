"""`ddb status`: states, openings, losses; and `ddb destroy`."""

from datetime import timedelta
from pathlib import Path

import pytest

from ddb_client.core.plan import Wish
from ddb_client.core.ticket import Ticket
from ddb_client.custody import find_ticket
from ddb_client.destroy import destroy
from ddb_client.drop import put_away
from ddb_client.errors import BadTarget, BadTicket, Failure
from ddb_client.prepare import prepare
from ddb_client.recover import Wanted, recover
from ddb_client.resume import resume
from ddb_client.status import status_of
from ddb_contract.conditions import After, Condition
from fakes_client_api import Network, TestWorld


@pytest.fixture
def world(tmp_path: Path) -> TestWorld:
    made = TestWorld(tmp_path, Network("attic", "desk", "shed"))
    made.pair_all()
    return made


def put(world: TestWorld, name: str = "diary", own: dict[str, Condition] | None = None) -> Ticket:
    original = world.home.parent / name
    original.write_text("words")
    done = put_away(world, prepare(world, str(original), Wish(After(60), own or {})), str)
    return done.ticket


def test_it_opens_when_the_second_of_three_may_release(world: TestWorld) -> None:
    ticket = put(world, own={"attic": After(600)})
    world.network.pass_time(20)
    now = world.clock.now()
    standing = status_of(world, ticket)
    assert (standing.state, standing.opens_in) == ("locked", 40)
    assert standing.opens_at(now) == now + timedelta(seconds=40)
    assert any("attic changes nothing" in line for line in standing.what_if(str))


def test_every_custodian_says_why_and_until_when(world: TestWorld) -> None:
    standing = status_of(world, put(world))
    attic = standing.standings[0]
    assert (attic.holder.name, attic.state, attic.holds, attic.next_change) == ("attic", "locked", False, 60)
    assert attic.reasons == ("1m of 1m left",)


def test_it_is_out_of_reach_while_too_few_answer(world: TestWorld) -> None:
    ticket = put(world)
    world.network["desk"].silent = True
    assert status_of(world, ticket).within_reach
    world.network["shed"].silent = True
    standing = status_of(world, ticket)
    assert (standing.state, standing.within_reach) == ("locked", False)


def test_without_one_that_is_silent_the_losses_still_count(world: TestWorld) -> None:
    ticket = put(world, own={"attic": After(600)})
    world.network["desk"].silent = True
    standing = status_of(world, ticket)
    assert standing.state == "locked"
    assert [each.state for each in standing.standings] == ["locked", "unreachable", "locked"]
    assert standing.opens_in == 60


def test_open_collected_and_lost_are_told_apart(world: TestWorld, tmp_path: Path) -> None:
    ticket = put(world)
    world.network.pass_time(60)
    assert status_of(world, ticket).state == "open"
    recover(world, Wanted(ticket, str(tmp_path / "back")))
    assert status_of(world, ticket).state == "collected"
    for name in ("attic", "desk"):
        world.network[name].shares.clear()
    lost = status_of(world, ticket)
    assert (lost.state, lost.opens_in) == ("lost", None)
    assert lost.standings[0].state == "unknown"


def test_a_drop_is_found_by_label_id_and_prefix_but_never_by_guess(world: TestWorld) -> None:
    first, second = put(world, "one"), put(world, "two")
    assert find_ticket(world, "one") == first
    assert find_ticket(world, second.drop) == second
    assert find_ticket(world, first.drop[:12]) == first
    for unclear in ("three", "", second.drop[:2]):
        with pytest.raises(BadTarget, match="no drop is called"):
            find_ticket(world, unclear)
    put(world, "one")
    with pytest.raises(BadTarget, match="more than one"):
        find_ticket(world, "one")


def test_destroyed_means_gone_at_all_and_forgotten_here(world: TestWorld) -> None:
    ticket = put(world)
    assert destroy(world, ticket) == {"attic": True, "desk": True, "shed": True}
    assert world.network.live() == []
    assert world.tickets.all() == []
    assert world.owner_keys.read(ticket.drop_bytes) is None


def test_a_silent_custodian_is_asked_again_at_every_start_until_it_confirms(world: TestWorld) -> None:
    ticket = put(world)
    world.network["shed"].silent = True
    assert destroy(world, ticket) == {"attic": True, "desk": True, "shed": False}
    assert status_of(world, world.tickets.all()[0]).state == "destroying"
    resume(world)
    assert "not yet at shed" in world.progress.said[-1]
    world.network["shed"].silent = False
    resume(world)
    assert world.network.live() == []
    assert world.tickets.all() == []


def test_without_the_owner_key_nothing_is_destroyed(world: TestWorld) -> None:
    ticket = put(world)
    world.owner_keys.remove(ticket.drop_bytes)
    with pytest.raises(BadTicket, match="owner key"):
        destroy(world, ticket)
    assert len(world.network.live()) == 3


def test_a_drop_in_another_hand_is_not_destroyed(world: TestWorld) -> None:
    ticket = put(world)
    with world.reborn().journals.alone(ticket.drop_bytes), pytest.raises(Failure, match="in hand"):
        destroy(world, ticket)
    assert len(world.network.live()) == 3
