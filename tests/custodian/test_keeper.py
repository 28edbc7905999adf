"""What laptops and the bearers of secrets may ask of a custodian, on fakes and on real files alike."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ddb_contract.chain import unbroken
from ddb_contract.lights import Light
from ddb_contract.messages import MAX_TICKET, SignedReceipt, Storing, TicketCopy
from ddb_contract.problems import (
    BadRange,
    Conflict,
    Gone,
    Locked,
    Malformed,
    NoRoom,
    NotPaired,
    TooLarge,
    Unknown,
)
from ddb_contract.receipts import read_receipt
from ddb_contract.rights import Verb, rights_digest, secret_hash
from ddb_contract.text import b32, b64
from ddb_custodian.core.release import EXPIRY
from ddb_custodian.core.states import State
from ddb_custodian.ports import PairedLaptop
from fakes_custodian import ME, ONE_STRIPE, TOKEN, TWO_STRIPES, Rig

OTHER = PairedLaptop(b"another laptop!!", "other", secret_hash(Verb.LAPTOP, b"o" * 32), 0.0, 10**9)
LOOKUP = b"l" * 16


@pytest.fixture(params=["fakes", "files"])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path if request.param == "files" else None)
    yield rig
    rig.keeper.close()


def claim(drop):
    return drop.id, Verb.CLAIM, drop.secret(Verb.CLAIM)


def destroy(drop):
    return drop.id, Verb.DESTROY, drop.secret(Verb.DESTROY)


def test_a_share_goes_in_is_locked_and_comes_back_byte_for_byte(rig: Rig) -> None:
    drop = rig.locked(TWO_STRIPES)
    rig.wait(10)
    content = rig.keeper.content(*claim(drop))
    assert content.header == drop.header
    assert [content.read(0), content.read(1)] == drop.pieces
    assert rig.keeper.leaves(*claim(drop)) == drop.leaves
    rig.keeper.collected(*claim(drop))
    assert rig.state(drop) is State.COLLECTED
    assert content.read(0) == drop.pieces[0]


def test_receipts_state_what_is_held_and_are_the_same_bytes_again(rig: Rig) -> None:
    drop = rig.drop()
    rig.upload(drop)
    stored = rig.stored(drop)
    assert rig.stored(drop) == stored
    locked = rig.keeper.commit(rig.me, drop.id, drop.root)
    assert rig.keeper.commit(rig.me, drop.id, drop.root) == locked
    for signed, kind in ((stored, "stored"), (locked, "locked")):
        receipt = read_receipt(signed, rig.signer.spki, rig.signer.id)
        assert (receipt.type, receipt.drop, receipt.index) == (kind, b32(drop.id), 1)
        assert (receipt.root, receipt.size, receipt.condition) == (b64(drop.root), ONE_STRIPE, "after 10s")
        hashes = [secret_hash(verb, drop.secret(verb)) for verb in (Verb.CLAIM, Verb.EXTEND, Verb.DESTROY)]
        assert receipt.rights == b64(rights_digest(hashes))
        assert (receipt.practice, receipt.administered, receipt.round_target) == (True, False, None)
        entry = rig.shelf.log()[receipt.log_seq - 1]
        assert (entry.event, entry.head) == (kind, receipt.log_head)


def test_the_log_has_one_entry_for_each_event_in_an_unbroken_chain(rig: Rig) -> None:
    drop = rig.locked()
    for _ in range(2):
        with pytest.raises(Locked):
            rig.keeper.content(*claim(drop))
    rig.wait(10)
    for _ in range(2):
        rig.keeper.content(*claim(drop))
        rig.keeper.collected(*claim(drop))
    for _ in range(2):
        rig.keeper.destroy(*destroy(drop))
    log = rig.keeper.log(rig.me).entries
    assert [entry.event for entry in log] == ["reserved", "stored", "locked", "released", "collected", "destroyed"]
    assert unbroken(log)
    assert not unbroken([*log[:2], log[2].model_copy(update={"at": log[2].at + 1}), *log[3:]])
    assert not unbroken(log[1:])


def test_refusals_are_counted_once_an_hour(rig: Rig) -> None:
    drop = rig.locked()
    for _ in range(3):
        with pytest.raises(Unknown):
            rig.keeper.status(drop.id, Verb.CLAIM, b"x" * 32)
    rig.wait(3600)
    rig.wait(3600)
    assert [entry.subject for entry in rig.shelf.log() if entry.event == "refused"] == ["3 requests"]


def test_before_the_condition_holds_every_way_in_is_locked_with_reasons(rig: Rig) -> None:
    drop = rig.locked()
    rig.wait(9.5)
    for ask in (rig.keeper.content, rig.keeper.leaves, rig.keeper.collected):
        with pytest.raises(Locked) as locked:
            ask(*claim(drop))
        assert locked.value.verdict.reasons == ("1s of 10s left",)
        assert locked.value.verdict.next_change == pytest.approx(0.5)
    status = rig.keeper.status(*claim(drop))
    assert (status.state, status.verdict.holds) == ("locked", False)


def test_before_the_lock_content_is_unknown_and_status_is_not(rig: Rig) -> None:
    drop = rig.drop()
    rig.upload(drop)
    for prepare in (lambda: None, lambda: rig.stored(drop)):
        prepare()
        rig.wait(20)
        for ask in (rig.keeper.content, rig.keeper.leaves, rig.keeper.collected):
            with pytest.raises(Unknown):
                ask(*claim(drop))
    assert rig.keeper.status(*claim(drop)).state == "stored"
    assert rig.keeper.status(*claim(drop)).locked_at is None


def test_a_destroyed_share_is_gone_for_the_right_secret_and_unknown_for_any_other(rig: Rig) -> None:
    drop = rig.locked()
    rig.wait(10)
    content = rig.keeper.content(*claim(drop))
    rig.keeper.destroy(*destroy(drop))
    for ask in (rig.keeper.content, rig.keeper.leaves, rig.keeper.collected):
        with pytest.raises(Gone):
            ask(*claim(drop))
        with pytest.raises(Unknown):
            ask(drop.id, Verb.CLAIM, b"x" * 32)
    with pytest.raises(Gone):
        content.read(0)
    for ask in (lambda: rig.keeper.commit(rig.me, drop.id, drop.root), lambda: rig.upload(drop)):
        with pytest.raises(Gone):
            ask()
    assert rig.keeper.status(*claim(drop)).state == "destroyed"
    if rig.folder:
        assert list((rig.folder / "shares").iterdir()) == []


def test_only_the_right_verb_of_the_right_drop_passes(rig: Rig) -> None:
    drop, other = rig.locked(condition="after 1s"), rig.locked()
    rig.wait(2)
    asks = {
        rig.keeper.status: {Verb.CLAIM, Verb.EXTEND, Verb.DESTROY},
        rig.keeper.leaves: {Verb.CLAIM},
        rig.keeper.content: {Verb.CLAIM},
        rig.keeper.collected: {Verb.CLAIM},
        rig.keeper.destroy: {Verb.DESTROY},
    }
    for ask, allowed in asks.items():
        for verb in Verb:
            for secret in (b"", b"x" * 32, other.secret(verb), TOKEN):
                with pytest.raises(Unknown):
                    ask(drop.id, verb, secret)
            with pytest.raises(Unknown):
                ask(b"n" * 16, verb, drop.secret(verb))
            if verb not in allowed:
                with pytest.raises(Unknown):
                    ask(drop.id, verb, drop.secret(verb))
    assert rig.state(drop) is State.LOCKED


def test_a_laptop_acts_on_its_own_drops_only(rig: Rig) -> None:
    drop = rig.drop()
    rig.upload(drop)
    copy = TicketCopy(lookup=b64(LOOKUP), sealed=b64(b"sealed"))
    for ask in (
        lambda: rig.keeper.put_piece(OTHER, drop.id, 0, drop.pieces[0]),
        lambda: rig.keeper.store(OTHER, drop.id, drop.root),
        lambda: rig.keeper.leave_ticket(OTHER, drop.id, copy),
        lambda: rig.keeper.commit(OTHER, drop.id, drop.root),
        lambda: rig.keeper.store(rig.me, b"n" * 16, drop.root),
    ):
        with pytest.raises(Unknown):
            ask()


def test_the_same_reservation_again_is_answered_the_same_and_another_is_a_conflict(rig: Rig) -> None:
    drop = rig.drop()
    first = rig.keeper.reserve(rig.me, drop.request())
    assert rig.keeper.reserve(rig.me, drop.request()) == first
    for other in (replace(drop, condition="after 11s"), replace(drop, header=replace(drop.header, index=2))):
        with pytest.raises(Conflict):
            rig.keeper.reserve(rig.me, other.request())
    with pytest.raises(Conflict):
        rig.keeper.reserve(OTHER, drop.request())
    assert rig.events() == ["reserved"]


def test_a_reservation_keeps_the_condition_in_its_one_text_form(rig: Rig) -> None:
    drop = rig.drop(condition=" (after 60m)")
    rig.keeper.reserve(rig.me, drop.request())
    assert rig.keeper.status(*claim(drop)).condition == "after 1h"
    rig.keeper.reserve(rig.me, replace(drop, condition="after 1h").request())


@pytest.mark.parametrize(
    "condition", ["after", "never", "(" * 500 + "after 1h", "after 11000d", "at 2030-01-01T00:00Z"]
)
def test_a_condition_that_cannot_be_kept_is_malformed(rig: Rig, condition: str) -> None:
    with pytest.raises(Malformed):
        rig.keeper.reserve(rig.me, rig.drop(condition=condition).request())
    assert rig.shelf.deposits() == []


def test_pieces_must_fit_and_agree(rig: Rig) -> None:
    drop = rig.drop(TWO_STRIPES)
    rig.keeper.reserve(rig.me, drop.request())
    for stripe, piece in ((0, drop.pieces[0][:-1]), (1, drop.pieces[0]), (2, b"x"), (-1, b"x"), (2**70, b"x")):
        with pytest.raises(Malformed):
            rig.keeper.put_piece(rig.me, drop.id, stripe, piece)
    for _ in range(2):
        rig.keeper.put_piece(rig.me, drop.id, 1, drop.pieces[1])
    with pytest.raises(Conflict):
        rig.keeper.put_piece(rig.me, drop.id, 1, bytes(960))


def test_store_refuses_what_is_not_whole_or_has_another_root(rig: Rig) -> None:
    drop = rig.drop(TWO_STRIPES)
    rig.keeper.reserve(rig.me, drop.request())
    rig.keeper.put_piece(rig.me, drop.id, 0, drop.pieces[0])
    with pytest.raises(Conflict, match="stripe 1 never arrived"):
        rig.keeper.store(rig.me, drop.id, drop.root)
    rig.keeper.put_piece(rig.me, drop.id, 1, drop.pieces[1])
    with pytest.raises(Conflict, match="root differs"):
        rig.keeper.store(rig.me, drop.id, bytes(32))
    assert isinstance(rig.keeper.store(rig.me, drop.id, drop.root), Storing | SignedReceipt)
    rig.stored(drop)
    with pytest.raises(Conflict):
        rig.keeper.store(rig.me, drop.id, bytes(32))


def test_a_stripe_that_the_disk_changed_is_not_stored_and_can_be_sent_again(rig: Rig) -> None:
    drop = rig.drop(TWO_STRIPES)
    rig.upload(drop)
    rig.blobs.spoil(drop.header, 1)
    with pytest.raises(Conflict, match="stripe 1 came back from the disk changed"):
        rig.stored(drop)
    assert rig.state(drop) is State.RECEIVING
    rig.keeper.put_piece(rig.me, drop.id, 1, drop.pieces[1])
    rig.stored(drop)


def test_commit_needs_the_stored_root(rig: Rig) -> None:
    drop = rig.drop()
    rig.upload(drop)
    with pytest.raises(Conflict):
        rig.keeper.commit(rig.me, drop.id, drop.root)
    rig.stored(drop)
    with pytest.raises(Conflict):
        rig.keeper.commit(rig.me, drop.id, bytes(32))
    rig.keeper.commit(rig.me, drop.id, drop.root)
    with pytest.raises(Conflict):
        rig.keeper.commit(rig.me, drop.id, bytes(32))
    for ask in (
        lambda: rig.keeper.put_piece(rig.me, drop.id, 0, drop.pieces[0]),
        lambda: rig.keeper.store(rig.me, drop.id, drop.root),
    ):
        with pytest.raises(Conflict):
            ask()


def test_a_ticket_is_left_read_back_replaced_and_goes_with_its_drop(rig: Rig) -> None:
    drop, other = rig.drop(), rig.drop()
    rig.upload(drop)
    rig.upload(other)
    for sealed in (b"first", b"second", bytes(MAX_TICKET)):
        rig.keeper.leave_ticket(rig.me, drop.id, TicketCopy(lookup=b64(LOOKUP), sealed=b64(sealed)))
        assert rig.keeper.ticket(LOOKUP) == sealed
    with pytest.raises(Conflict):
        rig.keeper.leave_ticket(rig.me, other.id, TicketCopy(lookup=b64(LOOKUP), sealed=b64(b"mine")))
    with pytest.raises(TooLarge):
        rig.keeper.leave_ticket(
            rig.me, drop.id, TicketCopy.model_construct(lookup=b64(LOOKUP), sealed=b64(bytes(MAX_TICKET + 1)))
        )
    with pytest.raises(Malformed):
        rig.keeper.leave_ticket(rig.me, drop.id, TicketCopy(lookup=b64(LOOKUP), sealed="*"))
    rig.stored(drop)
    rig.keeper.commit(rig.me, drop.id, drop.root)
    with pytest.raises(Conflict):
        rig.keeper.leave_ticket(rig.me, drop.id, TicketCopy(lookup=b64(LOOKUP), sealed=b64(b"late")))
    rig.keeper.destroy(*destroy(drop))
    with pytest.raises(Unknown):
        rig.keeper.ticket(LOOKUP)


def test_a_token_names_its_laptop_until_any_paired_laptop_revokes_it(rig: Rig) -> None:
    rig.shelf.put_laptop(OTHER)
    drop = rig.locked()
    assert rig.keeper.laptop(TOKEN) == ME
    listed = rig.keeper.laptops(OTHER).laptops
    assert [(laptop.name, laptop.bytes_held, laptop.you) for laptop in listed] == [
        ("test", drop.header.size, False),
        ("other", 0, True),
    ]
    rig.keeper.revoke(OTHER, ME.id)
    for token in (TOKEN, b"", b"x" * 32):
        with pytest.raises(NotPaired):
            rig.keeper.laptop(token)
    with pytest.raises(Unknown):
        rig.keeper.revoke(OTHER, ME.id)
    assert rig.state(drop) is State.LOCKED


@pytest.mark.parametrize("committed", [False, True])
def test_only_what_was_never_committed_expires(rig: Rig, committed: bool) -> None:
    drop = rig.drop()
    rig.upload(drop)
    rig.keeper.leave_ticket(rig.me, drop.id, TicketCopy(lookup=b64(LOOKUP), sealed=b64(b"sealed")))
    rig.stored(drop)
    if committed:
        rig.keeper.commit(rig.me, drop.id, drop.root)
    rig.wait(EXPIRY - 60)
    assert rig.state(drop) is (State.LOCKED if committed else State.STORED)
    rig.wait(120)
    assert rig.state(drop) is (State.LOCKED if committed else State.ABORTED)
    assert ("expired" in rig.events()) is not committed
    assert (rig.blobs.leaf(drop.header, 0) is None) is not committed
    assert (rig.shelf.ticket(LOOKUP) is None) is not committed


def test_a_laptop_gets_no_more_than_its_quota_until_it_destroys(tmp_path: Path) -> None:
    rig = Rig(tmp_path, quota=100_000)
    first, second = rig.locked(), rig.drop()
    with pytest.raises(NoRoom, match="this laptop's part"):
        rig.keeper.reserve(rig.me, second.request())
    rig.keeper.destroy(*destroy(first))
    rig.upload(second)
    rig.keeper.close()


def test_reservations_never_promise_more_than_the_disk_has() -> None:
    rig = Rig(None, room=200_000)
    rig.keeper.reserve(rig.me, rig.drop().request())
    rig.keeper.reserve(rig.me, rig.drop().request())
    rig.keeper.reserve(rig.me, rig.drop().request())
    with pytest.raises(NoRoom, match="disk is full"):
        rig.keeper.reserve(rig.me, rig.drop().request())
    assert len(rig.shelf.deposits()) == 3
    rig.keeper.close()


def test_a_damaged_stripe_is_flagged_for_good_and_still_served(rig: Rig) -> None:
    drop = rig.locked(TWO_STRIPES)
    rig.blobs.spoil(drop.header, 1)
    rig.wait(10)
    content = rig.keeper.content(*claim(drop))
    assert content.read(0) == drop.pieces[0]
    assert not rig.keeper.status(*claim(drop)).damaged
    assert content.read(1) != drop.pieces[1]
    assert len(content.read(1)) == 960
    assert rig.keeper.status(*claim(drop)).damaged
    assert rig.keeper.lights() == {Light.FAULT, Light.COLLECTABLE, Light.HOLDING}
    rig.keeper.collected(*claim(drop))
    assert rig.keeper.status(*claim(drop)).damaged
    assert rig.events().count("damaged") == 1


def test_there_are_no_stripes_past_the_end(rig: Rig) -> None:
    drop = rig.locked()
    rig.wait(10)
    for stripe in (-1, 1, 2**70):
        with pytest.raises(BadRange):
            rig.keeper.content(*claim(drop)).read(stripe)


def test_a_kept_condition_that_can_no_longer_be_read_never_releases_and_shows(rig: Rig) -> None:
    drop = rig.locked()
    deposit = rig.shelf.deposit(drop.id)
    assert deposit is not None
    rig.shelf.put_deposit(replace(deposit, condition="whenever"))
    rig.wait(100_000)
    with pytest.raises(Locked):
        rig.keeper.content(*claim(drop))
    assert rig.keeper.lights() == {Light.FAULT, Light.HOLDING}


def test_lights_follow_the_share(rig: Rig) -> None:
    drop = rig.drop()
    rig.upload(drop)
    rig.stored(drop)
    assert rig.keeper.lights() == set()
    rig.keeper.commit(rig.me, drop.id, drop.root)
    assert rig.keeper.lights() == {Light.HOLDING}
    rig.wait(10)
    assert rig.keeper.lights() == {Light.HOLDING, Light.COLLECTABLE}
    rig.keeper.collected(*claim(drop))
    assert rig.keeper.lights() == {Light.HOLDING}
    rig.keeper.destroy(*destroy(drop))
    assert rig.keeper.lights() == set()


def test_a_restart_forgets_nothing_and_costs_time_never_gains_it(rig: Rig) -> None:
    drop = rig.locked(condition="after 1h")
    receipt = rig.keeper.commit(rig.me, drop.id, drop.root)
    rig.wait(1800)
    rig.keeper.close()
    rig.clock.reboot(off=10_000)
    rig.start()
    assert rig.keeper.commit(rig.me, drop.id, drop.root) == receipt
    left = rig.keeper.status(*claim(drop)).verdict.next_change
    assert left == pytest.approx(1800)
    rig.wait(120)
    rig.crash()
    rig.clock.reboot(off=5)
    rig.start()
    assert rig.keeper.status(*claim(drop)).verdict.next_change == pytest.approx(1680)
