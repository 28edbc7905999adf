"""Approvals, button and home, from the split to the way back, on custodians in memory."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from ddb_client.approve import approve
from ddb_client.core.plan import Wish
from ddb_client.core.slips import Slip
from ddb_client.core.ticket import Ticket
from ddb_client.drop import Done, put_away
from ddb_client.errors import BadCode, Failure, StillLocked, TooFewCustodians, Unreachable, Usage
from ddb_client.prepare import prepare
from ddb_client.recover import Wanted, recover
from ddb_client.resume import resume
from ddb_client.status import status_of
from ddb_contract.grammar import parse
from fakes_client_api import Fate, Killed, Network, TestWorld

CONTENT = b"what nobody may have alone\n" * 100


class Hand:
    """Port `HandOut`."""

    def __init__(self, refuses: bool = False) -> None:
        self.slips: Sequence[Slip] = ()
        self.worthless, self.refuses = False, refuses

    def out(self, slips: Sequence[Slip]) -> None:
        if self.refuses:
            raise Failure("nobody wants them")
        self.slips = slips

    def back(self) -> None:
        self.worthless = True

    def code(self, approver: str) -> str:
        return next(slip.code for slip in self.slips if slip.approver == approver)


class Laptop:
    """A laptop with three custodians, and a drop under way."""

    def __init__(self, folder: Path, fate: Fate | None = None) -> None:
        self.world = TestWorld(folder, Network("attic", "desk", "shed"), fate)
        self.world.pair_all()
        self.original, self.back = folder / "diary.txt", folder / "back"
        self.original.write_bytes(CONTENT)
        self.hand = Hand()

    def split(self, release: str, **own: str) -> Done:
        wish = Wish(parse(release), {name: parse(text) for name, text in own.items()})
        return put_away(self.world, prepare(self.world, str(self.original), wish), str, None, self.hand)

    def recover(self, ticket: Ticket, tell: object = None) -> None:
        recover(self.world, Wanted(ticket, str(self.back), force=True), tell)  # type: ignore[arg-type]
        assert self.back.read_bytes() == CONTENT

    def locked(self, ticket: Ticket) -> StillLocked:
        with pytest.raises(StillLocked) as caught:
            self.recover(ticket)
        assert not self.back.exists()
        return caught.value


@pytest.fixture
def laptop(tmp_path: Path) -> Laptop:
    return Laptop(tmp_path)


# approvals


def test_enough_approvals_open_and_fewer_do_not(laptop: Laptop) -> None:
    ticket = laptop.split("approvals 2 of notary, sister, editor").ticket
    assert "0 of the 2 needed approvals given" in str(laptop.locked(ticket).reasons)
    approve(laptop.world, laptop.hand.code("sister"), ())
    assert "1 of the 2 needed approvals given" in str(laptop.locked(ticket).reasons)
    approve(laptop.world, laptop.hand.code("sister"), ())
    laptop.locked(ticket)
    approve(laptop.world, laptop.hand.code("notary").lower(), ())
    laptop.recover(ticket)


def test_custodians_get_numbers_and_hashes_and_never_a_name(laptop: Laptop) -> None:
    laptop.split("after 60s and approvals 1 of editor", shed="approvals 2 of notary, editor")
    for custodian in laptop.world.network:
        (share,) = custodian.live
        assert len(share.request.hashes.approve) == 2
        assert "notary" not in share.request.model_dump_json()
        assert "editor" not in share.request.model_dump_json()
    assert laptop.world.network["attic"].live[0].request.condition == "after 1m and approvals 1 of (1)"
    assert laptop.world.network["shed"].live[0].request.condition == "approvals 2 of (2, 1)"
    hashes = {tuple(custodian.live[0].request.hashes.approve) for custodian in laptop.world.network}
    assert len(hashes) == 1


def test_no_code_stays_on_the_laptop(laptop: Laptop, tmp_path: Path) -> None:
    laptop.split("after 60s and approvals 2 of notary, sister")
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"notary" in kept
    assert not any(slip.code.encode() in kept for slip in laptop.hand.slips)


def test_slips_go_out_before_anything_is_committed_and_a_refusal_takes_everything_back(laptop: Laptop) -> None:
    laptop.hand.refuses = True
    with pytest.raises(Failure, match="nobody wants them"):
        laptop.split("approvals 1 of notary")
    assert "before MemoryCustodian.commit" not in laptop.world.fate.calls
    assert laptop.world.network.live() == []
    assert laptop.world.tickets.all() == []
    assert laptop.hand.worthless
    assert laptop.original.read_bytes() == CONTENT


def test_killed_at_any_call_after_the_slips_are_out_the_codes_are_good_or_nothing_is_locked(tmp_path: Path) -> None:
    (tmp_path / "count").mkdir()
    counted = Laptop(tmp_path / "count")
    counted.split("approvals 1 of notary")
    first = counted.world.fate.calls.index("before MemoryCustodian.store")
    for kill_at in range(first, counted.world.fate.count + 1):
        folder = tmp_path / str(kill_at)
        folder.mkdir()
        laptop = Laptop(folder)
        laptop.world.fate.kill_at = kill_at
        with pytest.raises(Killed):
            laptop.split("approvals 1 of notary")
        laptop.world = laptop.world.reborn()
        resume(laptop.world)
        tickets = laptop.world.tickets.all()
        if tickets:
            approve(laptop.world, laptop.hand.code("notary"), ())
            laptop.recover(tickets[0])
        else:
            assert laptop.original.read_bytes() == CONTENT
            assert laptop.world.network.live() == []


def test_status_says_by_name_who_approved_and_who_is_awaited(laptop: Laptop) -> None:
    ticket = laptop.split("after 60s and approvals 2 of notary, sister, editor").ticket
    approve(laptop.world, laptop.hand.code("sister"), ())
    drop = status_of(laptop.world, ticket)
    assert (drop.opens_in, drop.soonest) == (None, 60)
    attic = drop.standings[0]
    assert attic.approved == ("sister",)
    assert attic.awaits == ("the approval of 1 of notary and editor",)


def test_an_approver_without_ticket_or_pairing_approves_where_the_code_is_known(laptop: Laptop, tmp_path: Path) -> None:
    ticket = laptop.split("approvals 1 of notary").ticket
    (tmp_path / "other").mkdir()
    stranger = TestWorld(tmp_path / "other", laptop.world.network)
    laptop.world.network["shed"].silent = True
    made = approve(stranger, laptop.hand.code("notary"), ())
    assert (made.recorded, made.already, made.unknown) == (("attic", "desk"), (), ())
    laptop.world.network["shed"].silent = False
    made = approve(stranger, laptop.hand.code("notary"), ())
    assert (made.recorded, made.already) == (("shed",), ("attic", "desk"))
    laptop.recover(ticket)


def test_a_misread_code_is_refused_before_anything_is_sent(laptop: Laptop) -> None:
    laptop.split("approvals 1 of notary")
    code = laptop.hand.code("notary")
    before = len(laptop.world.fate.calls)
    with pytest.raises(BadCode):
        approve(laptop.world, code[:-1] + ("A" if code[-1] != "A" else "B"), ())
    assert len(laptop.world.fate.calls) == before


def test_a_code_that_nobody_knows_and_nobody_to_ask_are_told_apart(laptop: Laptop) -> None:
    from ddb_contract.approval import code_of

    with pytest.raises(Failure, match="none of the 3 custodians that answered knows this code") as unknown:
        approve(laptop.world, code_of(bytes(16)), ())
    assert unknown.value.exit_status == 1
    for custodian in laptop.world.network:
        custodian.silent = True
    with pytest.raises(TooFewCustodians):
        approve(laptop.world, code_of(bytes(16)), ())


def test_seventeen_approvers_are_too_many(laptop: Laptop) -> None:
    many = " and ".join(f"approvals 1 of {', '.join(f'a{n}' for n in range(start, start + 9))}" for start in (0, 9))
    with pytest.raises(Usage, match="18 approvers are too many"):
        laptop.split("after 1h", attic=many.split(" and ")[0], desk=many.split(" and ")[1])


# button


def pressing(laptop: Laptop, *names: str) -> object:
    """Waits, and presses these buttons as soon as that is asked for."""

    def tell(locked: StillLocked, left: int) -> None:
        laptop.world.network.pass_time(1)
        for name in names if locked.press else ():
            laptop.world.network[name].press()

    return tell


def test_without_waiting_it_says_which_button_and_makes_no_claim(laptop: Laptop) -> None:
    ticket = laptop.split("after 60s and button").ticket
    assert laptop.locked(ticket).press == ()
    laptop.world.network.pass_time(60)
    locked = laptop.locked(ticket)
    assert locked.press == ("attic", "desk", "shed")
    assert "--wait, and press the button of attic, desk and shed" in (locked.hint or "")
    assert not any("claim" in custodian.calls for custodian in laptop.world.network)


def test_waiting_it_claims_and_opens_once_the_button_is_pressed(laptop: Laptop) -> None:
    ticket = laptop.split("after 60s and button").ticket
    laptop.recover(ticket, pressing(laptop, "attic", "shed"))
    assert [share.state for share in laptop.world.network.live()] == ["collected", "locked", "collected"]


def test_a_press_before_the_claim_counts_for_nothing(laptop: Laptop) -> None:
    ticket = laptop.split("button").ticket
    for custodian in laptop.world.network:
        custodian.press()
    laptop.locked(ticket)


def test_a_press_counts_for_this_claim_only(laptop: Laptop) -> None:
    ticket = laptop.split("button").ticket
    laptop.recover(ticket, pressing(laptop, "attic", "desk"))
    laptop.back.unlink()
    laptop.locked(ticket)


def test_nobody_is_asked_to_press_where_others_suffice(laptop: Laptop) -> None:
    ticket = laptop.split("after 60s", attic="after 60s and button").ticket
    laptop.world.network.pass_time(60)
    laptop.recover(ticket, pressing(laptop))
    assert "claim" not in laptop.world.network["attic"].calls


def patient(laptop: Laptop, minutes: int, name: str, before: object = None) -> object:
    """Waits so many minutes before somebody presses that button."""
    passed = [0]

    def tell(locked: StillLocked, left: int) -> None:
        laptop.world.network.pass_time(1)
        passed[0] += 1
        if passed[0] == 60 and callable(before):
            before()
        if passed[0] >= minutes * 60:
            laptop.world.network[name].press()

    return tell


def test_after_15_minutes_it_claims_again(laptop: Laptop) -> None:
    ticket = laptop.split("after 1s", attic="button", desk="after 1d and button").ticket
    laptop.recover(ticket, patient(laptop, 40, "attic"))
    assert laptop.world.network["attic"].calls.count("claim") == 3


def test_a_custodian_that_forgot_its_claims_is_claimed_again(laptop: Laptop) -> None:
    ticket = laptop.split("after 1s", attic="button", desk="after 1d and button").ticket
    attic = laptop.world.network["attic"]

    def restarts() -> None:
        attic.live[0].claims.clear()
        attic.refuses["status"] = 500

    def tell(locked: StillLocked, left: int) -> None:
        laptop.world.network.pass_time(1)
        attic.refuses.clear() if attic.calls.count("status") > 40 else None
        base(locked, left)  # type: ignore[operator]

    base = patient(laptop, 3, "attic", restarts)
    laptop.recover(ticket, tell)
    assert attic.calls.count("claim") == 2
    assert sum(laptop.world.clock.waits) < 600


# home


def test_home_is_judged_by_where_the_laptop_is(laptop: Laptop) -> None:
    ticket = laptop.split("after 60s and home").ticket
    laptop.world.network.pass_time(60)
    assert "must be asked from its own network" in str(laptop.locked(ticket).reasons)
    assert status_of(laptop.world, ticket).standings[0].awaits == ("a claim from its own network",)
    for custodian in laptop.world.network:
        custodian.near = True
    laptop.recover(ticket)


def test_a_button_is_not_asked_for_while_one_is_away_from_home(laptop: Laptop) -> None:
    ticket = laptop.split("button and home").ticket
    assert laptop.locked(ticket).press == ()
    laptop.world.network["attic"].near = True
    assert laptop.locked(ticket).press == ("attic",)


@pytest.mark.parametrize("release", ["home", "home or after 1h", "1 of (home, button)", "home and home"])
def test_home_alone_is_refused_before_anything_is_sent(laptop: Laptop, release: str) -> None:
    with pytest.raises(Usage, match="`home` alone is no lock"):
        laptop.split(release)
    assert not any(custodian.shares for custodian in laptop.world.network)


# a silent custodian


def test_waiting_goes_on_while_one_is_away(laptop: Laptop) -> None:
    ticket = laptop.split("button").ticket
    seen: list[str] = []

    def tell(locked: StillLocked, left: int) -> None:
        seen.append(locked.message)
        laptop.world.network["desk"].silent = laptop.world.network["shed"].silent = len(seen) < 10
        for custodian in laptop.world.network:
            if not custodian.silent:
                custodian.press()

    laptop.recover(ticket, tell)
    assert len(seen) >= 10


def test_an_unreachable_custodian_counts_with_its_own_condition(laptop: Laptop) -> None:
    ticket = laptop.split("after 60s and approvals 1 of notary").ticket
    laptop.world.network["shed"].silent = True
    drop = status_of(laptop.world, ticket)
    assert (drop.opens_in, drop.soonest) == (None, 60)
    with pytest.raises(Unreachable):
        laptop.world.network["shed"].info()
