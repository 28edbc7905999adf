"""`ddb extend`: old and extra at every custodian, in force once enough confirmed, repeated safely."""

from datetime import timedelta
from pathlib import Path

import pytest

from ddb_client.core.plan import Wish
from ddb_client.core.ticket import Ticket
from ddb_client.drop import put_away
from ddb_client.errors import BadTicket, Failure, Refused, StillLocked, TooFewCustodians, Usage
from ddb_client.extend import Extended, extend, plan_extension
from ddb_client.prepare import prepare
from ddb_client.recover import Wanted, recover
from ddb_client.status import status_of
from ddb_contract.conditions import format_condition
from ddb_contract.grammar import parse
from fakes_client_api import Network, TestWorld


@pytest.fixture
def world(tmp_path: Path) -> TestWorld:
    made = TestWorld(tmp_path, Network("attic", "desk", "shed"))
    made.pair_all()
    return made


class Keeps:
    """Port `HandOut` that takes the slips."""

    def out(self, slips: object) -> None: ...

    def back(self) -> None: ...


def put(world: TestWorld, release: str = "after 60s", **more: object) -> Ticket:
    original = world.home.parent / "diary"
    original.write_text("words")
    wish = Wish(parse(release), {}, **more)  # type: ignore[arg-type]
    return put_away(world, prepare(world, str(original), wish), lambda _: str(world.home / "pad"), None, Keeps()).ticket


def longer(world: TestWorld, ticket: Ticket, extra: str = "after 60s") -> Extended:
    return extend(world, plan_extension(world, ticket, parse(extra)))


def passes(world: TestWorld, seconds: int) -> None:
    world.network.pass_time(seconds)
    world.clock.wait(seconds)


def conditions(world: TestWorld) -> list[str]:
    return [format_condition(custodian.live[0].condition) for custodian in world.network]


def opens(world: TestWorld, ticket: Ticket) -> bool:
    try:
        recover(world, Wanted(ticket, str(world.home.parent / "back"), force=True))
    except StillLocked:
        return False
    return True


def test_after_means_from_now_and_the_ticket_knows(world: TestWorld) -> None:
    ticket = put(world)
    passes(world, 30)
    extended = longer(world, ticket)
    assert extended.confirmed == ("attic", "desk", "shed")
    assert extended.in_force
    assert conditions(world) == ["after 1m and after 1m 30s"] * 3
    (kept,) = world.tickets.all()
    assert [holder.condition for holder in kept.holders] == conditions(world)
    passes(world, 59)
    assert not opens(world, kept)
    passes(world, 1)
    assert opens(world, kept)


def test_custodians_whose_clocks_differ_get_what_means_the_same(world: TestWorld) -> None:
    ticket = put(world)
    world.network["attic"].custody += 20
    world.network["desk"].custody += 10.5
    longer(world, ticket)
    assert conditions(world) == ["after 1m and after 1m 20s", "after 1m and after 1m 11s", "after 1m"]


def test_the_old_ticket_opens_no_sooner(world: TestWorld) -> None:
    ticket = put(world)
    longer(world, ticket, "after 1h")
    passes(world, 60)
    assert not opens(world, ticket)


def test_a_date_is_as_good_and_a_past_one_refused(world: TestWorld) -> None:
    ticket = put(world)
    at = (world.clock.now() + timedelta(seconds=90)).isoformat()
    longer(world, ticket, f"at {at}")
    assert conditions(world) == ["after 1m and after 1m 30s"] * 3
    with pytest.raises(Usage, match="passed"):
        longer(world, ticket, "at 2020-01-01T00:00Z")


def test_people_can_be_added_if_they_have_codes(world: TestWorld) -> None:
    ticket = put(world, "after 60s or approvals 2 of notary, sister")
    longer(world, ticket, "button and approvals 1 of sister")
    assert conditions(world)[0] == "(after 1m or approvals 2 of (1, 2)) and button and approvals 1 of (2)"
    with pytest.raises(Usage, match="editor got no code for diary"):
        longer(world, ticket, "approvals 1 of editor")


def test_repeated_at_once_it_changes_nothing_more(world: TestWorld) -> None:
    ticket = put(world)
    longer(world, ticket, "after 1h and button")
    before = conditions(world)
    passes(world, 3)
    extension = plan_extension(world, world.tickets.all()[0], parse("after 1h and button"))
    assert all(change.again for change in extension.changes)
    assert extend(world, extension).in_force
    assert conditions(world) == before


def test_those_that_were_away_are_reached_by_the_same_again_and_the_others_stay(world: TestWorld) -> None:
    ticket = put(world)
    world.network["shed"].silent = world.network["desk"].silent = True
    extension = plan_extension(world, ticket, parse("after 1h"))
    first = extend(world, extension)
    assert (first.confirmed, sorted(first.failed), first.in_force) == (("attic",), ["desk", "shed"], False)
    world.network["shed"].silent = world.network["desk"].silent = False
    passes(world, 1000)
    again = extend(world, plan_extension(world, first.ticket, parse(extension.repeat)))
    assert (again.confirmed, again.failed, again.in_force) == (("attic", "desk", "shed"), {}, True)
    assert conditions(world) == ["after 1m and after 1h"] * 3


@pytest.mark.parametrize(
    ("more", "away", "in_force"),
    [
        ({}, ["shed"], True),
        ({}, ["shed", "desk"], False),
        ({"require": ("attic",)}, ["desk", "shed"], True),
        ({"require": ("attic",), "threshold": 1}, ["attic", "desk"], False),
        ({"require": ("attic",), "threshold": 2}, ["attic", "desk"], True),
        ({"require": ("attic",), "threshold": 1}, ["desk", "shed"], True),
        ({"threshold": 3}, ["desk", "shed"], True),
        ({"pad": True}, ["desk", "shed"], False),
    ],
)
def test_it_is_in_force_when_the_rest_cannot_open_it(
    world: TestWorld, more: dict[str, object], away: list[str], in_force: bool
) -> None:
    ticket = put(world, **more)
    for name in away:
        world.network[name].silent = True
    extended = longer(world, ticket, "after 1h")
    assert extended.in_force == in_force
    for name in away:
        world.network[name].silent = False
    passes(world, 60)
    assert opens(world, ticket) != in_force


def test_when_it_opens_is_told_before_and_after(world: TestWorld) -> None:
    ticket = put(world)
    world.network["shed"].silent = True
    extension = plan_extension(world, ticket, parse("after 1h and button"))
    assert extension.opens(extension.before) == (60, 60)
    assert extension.opens(extension.after) == (None, 3600)
    assert list(extension.silent) == ["shed"]


def test_a_custodian_that_keeps_another_condition_is_not_believed(world: TestWorld) -> None:
    ticket = put(world)
    world.network["attic"].live[0].condition = parse("after 1s and after 2s")
    extended = longer(world, ticket)
    assert "keeps another condition" in extended.failed["attic"]
    assert extended.in_force


def test_a_receipt_for_something_else_is_no_confirmation(world: TestWorld) -> None:
    ticket = put(world)
    world.network["attic"].lies = lambda receipt: receipt.model_copy(update={"condition": "after 1m"})
    extended = longer(world, ticket, "after 1h")
    assert "signed another condition" in extended.failed["attic"]
    assert extended.ticket.holders[0].condition == "after 1m"


def test_without_owner_key_or_lock_or_anybody_it_is_refused(world: TestWorld) -> None:
    ticket = put(world)
    with pytest.raises(Usage, match="no lock to extend"):
        longer(world, ticket.model_copy(update={"phase": "destroying"}))
    for custodian in world.network:
        custodian.silent = True
    with pytest.raises(TooFewCustodians):
        longer(world, ticket)
    world.owner_keys.remove(ticket.drop_bytes)
    with pytest.raises(BadTicket, match="owner key"):
        longer(world, ticket)


def test_the_ticket_alone_extends_nothing(world: TestWorld) -> None:
    ticket = put(world)
    attic = world.network["attic"]
    with pytest.raises(Refused):
        attic.extend(ticket.drop, ticket.claim(attic.id), "after 1h")


def test_while_another_ddb_has_it_nothing_is_sent(world: TestWorld) -> None:
    ticket = put(world)
    extension = plan_extension(world, ticket, parse("after 1h"))
    with world.journals.alone(ticket.drop_bytes), pytest.raises(Failure, match="another ddb"):
        extend(world, extension)
    assert conditions(world) == ["after 1m"] * 3


def test_status_counts_with_the_extension(world: TestWorld) -> None:
    extended = longer(world, put(world), "after 100s")
    assert status_of(world, extended.ticket).opens_in == 100
    world.network["attic"].silent = True
    assert status_of(world, extended.ticket).opens_in == 100
