"""Button, home, approvals and extending, as the keeper knows them; on fakes and on real files alike."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ddb_contract.chain import unbroken
from ddb_contract.lights import Light
from ddb_contract.messages import Claimed, Extend
from ddb_contract.problems import Conflict, Failing, Gone, Locked, Malformed, TooMany, Unknown
from ddb_contract.receipts import read_receipt
from ddb_contract.rights import Verb, approval_hash, rights_digest
from ddb_contract.text import b64, unb64
from ddb_custodian.approvals import FROM_ONE, IN_ALL
from ddb_custodian.claims import LIFE
from ddb_custodian.keeper import Asker
from fakes_custodian import Drop, FakeLinks, Rig

NEAR, FAR = FakeLinks.NEIGHBOUR, FakeLinks.FAR


@pytest.fixture(params=["fakes", "files"])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path if request.param == "files" else None)
    yield rig
    rig.keeper.close()


def right(drop: Drop, verb: Verb = Verb.CLAIM) -> tuple[bytes, Verb, bytes]:
    return drop.id, verb, drop.secret(verb)


def claim(rig: Rig, drop: Drop, address: str = FAR) -> tuple[Claimed, Asker]:
    made = rig.keeper.claim(*right(drop), address)
    return made, Asker(address, unb64(made.claim))


def opens(rig: Rig, drop: Drop, asker: Asker) -> bool:
    """Whether content, leaves and status agree that it does."""
    said = rig.keeper.status(*right(drop), asker).verdict.holds
    for ask in (rig.keeper.content, rig.keeper.leaves):
        with nullcontext() if said else pytest.raises(Locked):
            ask(*right(drop), asker)
    return said


def extend(rig: Rig, drop: Drop, extra: str):
    return rig.keeper.extend(*right(drop, Verb.EXTEND), Extend(extra=extra))


def test_the_button_opens_for_the_claim_that_waited_and_for_no_other(rig: Rig) -> None:
    drop = rig.locked(condition="button")
    made, mine = claim(rig, drop)
    assert (made.verdict.holds, made.waits_for_button) == (False, True)
    assert rig.keeper.lights() == {Light.BUTTON, Light.HOLDING}
    rig.keeper.press()
    assert rig.keeper.lights() == {Light.HOLDING}
    _, later = claim(rig, drop)
    assert opens(rig, drop, mine)
    assert not opens(rig, drop, later)
    assert not opens(rig, drop, Asker(FAR))
    assert not opens(rig, drop, Asker(FAR, b"x" * 16))
    assert rig.events().count("pressed") == 1


def test_a_press_counts_for_every_claim_that_waits(rig: Rig) -> None:
    first, second = rig.locked(condition="button"), rig.locked(condition="button or after 1d")
    askers = [(drop, claim(rig, drop)[1]) for drop in (first, second, first)]
    rig.keeper.press()
    assert all(opens(rig, drop, asker) for drop, asker in askers)
    assert rig.events().count("pressed") == 2
    assert not opens(rig, second, askers[0][1])


def test_a_press_that_no_claim_waits_for_counts_for_nothing(rig: Rig) -> None:
    drop = rig.locked(condition="after 1h and button")
    made, early = claim(rig, drop)
    assert not made.waits_for_button
    assert rig.keeper.lights() == {Light.HOLDING}
    rig.keeper.press()
    rig.wait(3600)
    _, mine = claim(rig, drop)
    assert not opens(rig, drop, early)
    assert not opens(rig, drop, mine)
    assert "pressed" not in rig.events()


def test_a_claim_starts_to_wait_once_all_else_holds(rig: Rig) -> None:
    drop = rig.locked(condition="after 10m and button")
    _, mine = claim(rig, drop)
    rig.wait(600)
    assert Light.BUTTON in rig.keeper.lights()
    rig.keeper.press()
    assert opens(rig, drop, mine)


def test_a_claim_is_over_after_fifteen_minutes_but_not_while_it_is_used(rig: Rig) -> None:
    drop = rig.locked(condition="button")
    _, mine = claim(rig, drop)
    rig.wait(LIFE - 60)
    rig.keeper.press()
    for _ in range(3):
        rig.wait(LIFE - 60)
        assert opens(rig, drop, mine)
    rig.wait(LIFE)
    assert not opens(rig, drop, mine)
    _, unpressed = claim(rig, drop)
    rig.wait(LIFE)
    rig.keeper.press()
    assert not opens(rig, drop, unpressed)


def test_a_press_is_never_latched(rig: Rig) -> None:
    drop = rig.locked(condition="button")
    _, mine = claim(rig, drop)
    rig.keeper.press()
    assert opens(rig, drop, mine)
    rig.keeper.collected(*right(drop), mine)
    assert Light.COLLECTABLE not in rig.keeper.lights()
    rig.keeper.close()
    rig.start()
    assert not opens(rig, drop, mine)


def test_home_is_where_each_request_comes_from(rig: Rig) -> None:
    drop = rig.locked(condition="home and after 1m")
    rig.wait(60)
    made, mine = claim(rig, drop, NEAR)
    assert made.verdict.holds
    assert opens(rig, drop, mine)
    assert opens(rig, drop, Asker(NEAR))
    assert not opens(rig, drop, replace(mine, address=FAR))
    assert not opens(rig, drop, Asker(""))
    assert not claim(rig, drop, FAR)[0].verdict.holds
    assert rig.keeper.lights() == {Light.HOLDING}


def test_far_away_a_claim_does_not_wait_for_the_button(rig: Rig) -> None:
    drop = rig.locked(condition="home and button")
    _, far = claim(rig, drop, FAR)
    rig.keeper.press()
    assert not opens(rig, drop, replace(far, address=NEAR))
    rig.keeper.press()
    assert opens(rig, drop, replace(far, address=NEAR))
    assert not opens(rig, drop, far)


def test_collected_and_collectable_need_what_content_needs(rig: Rig) -> None:
    drop = rig.locked(condition="button or after 1h")
    _, mine = claim(rig, drop)
    with pytest.raises(Locked):
        rig.keeper.collected(*right(drop), mine)
    rig.keeper.press()
    assert Light.COLLECTABLE not in rig.keeper.lights()
    rig.wait(3600)
    assert Light.COLLECTABLE in rig.keeper.lights()
    rig.keeper.collected(*right(drop))


def test_a_claim_needs_the_right_secret_and_a_lock(rig: Rig) -> None:
    drop, fresh = rig.locked(condition="button"), rig.drop(condition="button")
    rig.upload(fresh)
    for verb in Verb:
        for secret in (b"x" * 32, drop.secret(verb)):
            if (verb, secret) != (Verb.CLAIM, drop.secret(Verb.CLAIM)):
                with pytest.raises(Unknown):
                    rig.keeper.claim(drop.id, verb, secret, FAR)
    with pytest.raises(Unknown):
        claim(rig, fresh)
    claim(rig, drop)
    rig.keeper.destroy(*right(drop, Verb.DESTROY))
    with pytest.raises(Gone):
        claim(rig, drop)
    assert rig.keeper.lights() == set()
    rig.keeper.press()


class Deaf:
    """A shelf that takes no log entry while `deaf`."""

    def __init__(self, shelf: object) -> None:
        self.shelf, self.deaf = shelf, False

    def __getattr__(self, name: str) -> Any:
        if name == "append_log" and self.deaf:
            raise Failing
        return getattr(self.shelf, name)


def test_a_press_that_cannot_be_recorded_did_not_happen(rig: Rig) -> None:
    drop = rig.locked(condition="button")
    rig.crash()
    rig.start(wrap_shelf=Deaf)
    _, mine = claim(rig, drop)
    rig.shelf.deaf = True
    rig.keeper.press()
    rig.shelf.deaf = False
    assert rig.keeper.lights() == {Light.FAULT, Light.BUTTON, Light.HOLDING}
    assert not opens(rig, drop, mine)
    rig.keeper.press()
    assert opens(rig, drop, mine)


def test_enough_approvals_open_for_everybody_for_good(rig: Rig) -> None:
    drop = rig.locked(condition="approvals 2 of (1, 2, 3)", approvers=3)
    assert not rig.keeper.approve(drop.code(3), FAR)
    assert rig.keeper.approve(drop.code(3), FAR)
    assert rig.keeper.status(*right(drop)).approved == [3]
    assert not opens(rig, drop, Asker(FAR))
    rig.keeper.close()
    rig.start()
    assert not rig.keeper.approve(drop.code(1), FAR)
    assert rig.keeper.status(*right(drop)).approved == [1, 3]
    assert opens(rig, drop, Asker(FAR))
    assert rig.keeper.lights() == {Light.HOLDING, Light.COLLECTABLE}
    subjects = [entry.subject for entry in rig.shelf.log() if entry.event == "approved"]
    assert [subject.partition(" ")[2] for subject in subjects] == ["approver 3", "approver 1"]
    assert unbroken(rig.shelf.log())


def test_a_code_approves_its_own_drop_only(rig: Rig) -> None:
    drop, other = (rig.locked(condition="approvals 1 of (1, 2)", approvers=2) for _ in range(2))
    rig.keeper.approve(drop.code(2), FAR)
    assert opens(rig, drop, Asker(FAR))
    assert not opens(rig, other, Asker(FAR))


def test_what_is_not_locked_here_has_no_code(rig: Rig) -> None:
    fresh, gone = (rig.drop(condition="approvals 1 of (1)", approvers=1) for _ in range(2))
    for drop in (fresh, gone):
        rig.upload(drop)
        rig.stored(drop)
    rig.keeper.commit(rig.me, gone.id, gone.root)
    rig.keeper.destroy(*right(gone, Verb.DESTROY))
    for seed in (fresh.code(1), gone.code(1), fresh.code(2), bytes(16), b""):
        with pytest.raises(Unknown):
            rig.keeper.approve(seed, FAR)
    assert rig.shelf.deposit(fresh.id).approved == frozenset()


def test_wrong_codes_are_limited_by_source_and_the_right_one_gets_through_from_elsewhere(rig: Rig) -> None:
    drop = rig.locked(condition="approvals 1 of (1)", approvers=1)
    log = rig.shelf.log()
    for _ in range(FROM_ONE.burst):
        with pytest.raises(Unknown):
            rig.keeper.approve(bytes(16), FAR)
    for seed in (bytes(16), drop.code(1)):
        with pytest.raises(TooMany) as refused:
            rig.keeper.approve(seed, FAR)
        assert refused.value.wait == FROM_ONE.every
    assert rig.shelf.log() == log
    assert not rig.keeper.approve(drop.code(1), NEAR)
    rig.clock.wait(FROM_ONE.every)
    assert rig.keeper.approve(drop.code(1), FAR)


@pytest.mark.parametrize(
    ("first", "second", "one"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("", "nonsense", True),
    ],
)
def test_a_source_is_an_address_or_a_network_of_ipv6(first: str, second: str, one: bool) -> None:
    rig = Rig(None)
    for _ in range(FROM_ONE.burst):
        with pytest.raises(Unknown):
            rig.keeper.approve(bytes(16), first)
    with pytest.raises(TooMany if one else Unknown):
        rig.keeper.approve(bytes(16), second)
    rig.keeper.close()


def test_many_sources_together_are_limited_too_and_not_for_good() -> None:
    rig = Rig(None)
    drop = rig.locked(condition="approvals 1 of (1)", approvers=1)
    for number in range(IN_ALL.burst):
        with pytest.raises(Unknown):
            rig.keeper.approve(bytes(16), f"192.0.2.{number}")
    with pytest.raises(TooMany):
        rig.keeper.approve(bytes(16), "192.0.2.250")
    rig.clock.wait(IN_ALL.every)
    assert not rig.keeper.approve(drop.code(1), FAR)
    rig.keeper.close()


def test_right_codes_are_not_limited() -> None:
    rig = Rig(None)
    drop = rig.locked(condition="approvals 1 of (1)", approvers=1)
    for _ in range(3 * FROM_ONE.burst):
        rig.keeper.approve(drop.code(1), FAR)
    assert rig.events().count("approved") == 1
    rig.keeper.close()


@pytest.mark.parametrize(
    ("condition", "approvers"),
    [
        ("approvals 1 of (notary)", 1),
        ("approvals 1 of (1)", 0),
        ("approvals 1 of (1, 3)", 2),
        ("approvals 1 of (0)", 1),
        ("approvals 1 of (01)", 1),
        ("home", 0),
        ("home or after 1d", 0),
        ("1 of (after 1d, home)", 0),
        ("home and home", 0),
        ("at 2040-01-01T00:00Z and button", 0),
    ],
)
def test_a_condition_that_does_not_fit_its_approvers_or_that_home_opens_is_refused(
    rig: Rig, condition: str, approvers: int
) -> None:
    with pytest.raises(Malformed):
        rig.keeper.reserve(rig.me, rig.drop(condition=condition, approvers=approvers).request())
    assert rig.shelf.deposits() == []


@pytest.mark.parametrize("condition", ["approvals 1 of (2)", "after 1d"])
def test_a_custodian_may_have_more_digests_than_its_condition_names_so_that_numbers_mean_the_same_everywhere(
    rig: Rig, condition: str
) -> None:
    rig.keeper.reserve(rig.me, rig.drop(condition=condition, approvers=3).request())
    assert len(rig.shelf.deposits()) == 1


def test_two_approvers_with_one_code_are_refused(rig: Rig) -> None:
    request = rig.drop(condition="approvals 2 of (1, 2)", approvers=2).request()
    hashes = request.hashes.model_copy(update={"approve": request.hashes.approve[:1] * 2})
    with pytest.raises(Malformed, match="same code"):
        rig.keeper.reserve(rig.me, request.model_copy(update={"hashes": hashes}))


def test_approvers_belong_to_the_reservation_and_to_the_receipt(rig: Rig) -> None:
    drop = rig.drop(condition="approvals 1 of (1, 2)", approvers=2)
    request = drop.request()
    rig.keeper.reserve(rig.me, request)
    rig.keeper.reserve(rig.me, request)
    hashes = request.hashes.model_copy(update={"approve": request.hashes.approve[::-1]})
    with pytest.raises(Conflict):
        rig.keeper.reserve(rig.me, request.model_copy(update={"hashes": hashes}))
    rig.upload(drop)
    receipt = read_receipt(rig.stored(drop), rig.signer.spki, rig.signer.id)
    kept = [unb64(digest) for digest in (request.hashes.claim, request.hashes.extend, request.hashes.destroy)]
    kept += [approval_hash(drop.id, drop.code(number)) for number in (1, 2)]
    assert receipt.rights == b64(rights_digest(kept))


def test_an_extension_is_signed_and_repeated_and_holds_the_lock(rig: Rig) -> None:
    drop = rig.locked(condition="after 10s or after 20s")
    first = rig.keeper.commit(rig.me, drop.id, drop.root)
    rig.wait(15)
    signed = extend(rig, drop, "after 60s")
    assert not opens(rig, drop, Asker(FAR))
    receipt, before = (read_receipt(each, rig.signer.spki, rig.signer.id) for each in (signed, first))
    assert receipt.condition == "(after 10s or after 20s) and after 1m"
    assert (receipt.type, receipt.custody_at, receipt.rights) == ("locked", before.custody_at, before.rights)
    entry = rig.shelf.log()[receipt.log_seq - 1]
    assert (entry.event, entry.head) == ("extended", receipt.log_head)
    for again in ("after 1m", " (after 60s) "):
        assert extend(rig, drop, again) == signed
    assert rig.keeper.commit(rig.me, drop.id, drop.root) == signed
    assert rig.events().count("extended") == 1
    rig.wait(45)
    assert opens(rig, drop, Asker(FAR))


def test_an_extension_may_be_several_parts_and_follow_another(rig: Rig) -> None:
    drop = rig.locked(condition="after 10s")
    extend(rig, drop, "after 20s and button")
    kept = rig.keeper.status(*right(drop)).condition
    assert kept == "after 10s and after 20s and button"
    for tail in ("button", "after 20s and button", kept):
        extend(rig, drop, tail)
        assert rig.keeper.status(*right(drop)).condition == kept
    extend(rig, drop, "after 20s")
    assert rig.keeper.status(*right(drop)).condition == f"{kept} and after 20s"


@pytest.mark.parametrize(
    "extra",
    [
        "never",
        "at 2040-01-01T00:00Z",
        "approvals 1 of (2)",
        "approvals 1 of (notary)",
        " and ".join(["after 1000d"] * 70),
        "1 of (" * 7 + "after 1s" + ")" * 7,
    ],
)
def test_an_extension_that_cannot_be_kept_is_refused_and_changes_nothing(rig: Rig, extra: str) -> None:
    drop = rig.locked(condition="after 10s and approvals 1 of (1)", approvers=1)
    before = rig.shelf.deposit(drop.id)
    with pytest.raises(Malformed):
        rig.keeper.extend(*right(drop, Verb.EXTEND), Extend.model_construct(extra=extra))
    assert rig.shelf.deposit(drop.id) == before
    extend(rig, drop, "approvals 1 of (1) or button")


def test_only_what_is_locked_is_extended_and_only_by_its_owner(rig: Rig) -> None:
    drop, fresh = rig.locked(condition="after 1s"), rig.drop()
    rig.upload(fresh)
    with pytest.raises(Conflict):
        extend(rig, fresh, "after 1h")
    for verb in (Verb.CLAIM, Verb.DESTROY, Verb.LAPTOP, Verb.APPROVE):
        with pytest.raises(Unknown):
            rig.keeper.extend(drop.id, verb, drop.secret(verb), Extend(extra="after 1h"))
    rig.wait(1)
    rig.keeper.collected(*right(drop))
    extend(rig, drop, "after 1h")
    with pytest.raises(Locked):
        rig.keeper.content(*right(drop))
    rig.keeper.destroy(*right(drop, Verb.DESTROY))
    with pytest.raises(Gone):
        extend(rig, drop, "after 2h")


def test_a_lost_shelf_comes_back_with_approvals_codes_and_extensions(rig: Rig) -> None:
    drop = rig.locked(condition="approvals 2 of (1, 2)", approvers=2)
    for change in (lambda: extend(rig, drop, "after 10s"), lambda: rig.keeper.approve(drop.code(2), FAR)):
        change()
        rig.lose_shelf()
        rig.start()
    status = rig.keeper.status(*right(drop))
    assert (status.condition, status.approved) == ("approvals 2 of (1, 2) and after 10s", [2])
    rig.wait(10)
    assert not opens(rig, drop, Asker(FAR))
    assert not rig.keeper.approve(drop.code(1), FAR)
    assert opens(rig, drop, Asker(FAR))
