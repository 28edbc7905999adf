"""The power goes at every step: what was acknowledged holds, what was not can be asked again, nothing opens early."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ddb_contract.chain import unbroken
from ddb_contract.lights import Light
from ddb_contract.messages import Extend, SignedReceipt, Storing
from ddb_contract.problems import Failing, Gone, Locked, NoRoom
from ddb_contract.receipts import read_receipt
from ddb_contract.rights import Verb
from ddb_custodian.core.states import State
from fakes_custodian import TWO_STRIPES, Crash, Drop, Rig, Trap

STEPS = 60


def sprung_at(rig: Rig, step: int, late: bool, error: Callable[[], BaseException], act: Callable[[], object]) -> bool:
    """Whether the trap sprang at that step of the act, counted over shelf and blobs together."""
    shared = Trap(None, step, late=late, error=error)
    rig.crash()

    def wrap(port: object) -> Trap:
        trap = Trap(port, 0, late=late)
        trap._step = shared._step  # type: ignore[method-assign]
        return trap

    rig.start(wrap, wrap)
    shared.armed = True
    try:
        act()
    except (Crash, Failing, NoRoom):
        assert shared.sprung
    shared.armed = False
    return shared.sprung


def store_until(rig: Rig, drop: Drop) -> None:
    """Asks once and lets the re-read end, whatever became of it."""
    rig.keeper.store(rig.me, drop.id, drop.root)
    rig.keeper._rereads._pool.shutdown()


def restarted(rig: Rig) -> None:
    rig.crash()
    rig.start()


def put_aside(rig: Rig) -> list[object]:
    return list((rig.folder / "shares").glob("aside/*")) if rig.folder else list(rig._memory_blobs.aside)


def finish(rig: Rig, drop: Drop) -> None:
    """What a laptop does after a break: it asks for everything again, and the share is whole and locked."""
    if rig.state(drop) is State.RECEIVING:
        rig.upload(drop)
    if rig.state(drop) in (State.RECEIVING, State.STORED):
        rig.stored(drop)
    signed = rig.keeper.commit(rig.me, drop.id, drop.root)
    read_receipt(signed, rig.signer.spki, rig.signer.id)
    with pytest.raises(Locked):
        rig.keeper.content(drop.id, Verb.CLAIM, drop.secret(Verb.CLAIM))
    rig.wait(10)
    content = rig.keeper.content(drop.id, Verb.CLAIM, drop.secret(Verb.CLAIM))
    assert [content.read(stripe) for stripe in range(2)] == drop.pieces
    assert unbroken(rig.shelf.log())
    assert rig.events().count("stored") == rig.events().count("locked") == 1
    names = {path.name.partition(".")[2] for path in (rig.folder / "shares").iterdir()} if rig.folder else set()
    assert names <= {"share", "leaves", "sidecar"}


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("kind", ["fakes", "files"])
def test_a_crash_at_any_step_of_an_upload_is_repaired_by_asking_again(tmp_path: Path, kind: str, late: bool) -> None:
    for step in range(STEPS):
        rig = Rig(tmp_path / str(step) if kind == "files" else None)
        drop = rig.drop(TWO_STRIPES)
        sprung = sprung_at(rig, step, late, Crash, lambda rig=rig, drop=drop: rig.upload(drop))
        restarted(rig)
        rig.keeper.reserve(rig.me, drop.request())
        finish(rig, drop)
        rig.keeper.close()
        if not sprung:
            assert step > 5
            return
    pytest.fail("the steps never ended")


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("kind", ["fakes", "files"])
def test_a_crash_at_any_step_of_store_is_repaired_by_asking_again(tmp_path: Path, kind: str, late: bool) -> None:
    for step in range(STEPS):
        rig = Rig(tmp_path / str(step) if kind == "files" else None)
        drop = rig.drop(TWO_STRIPES)
        rig.upload(drop)
        sprung = sprung_at(rig, step, late, Crash, lambda rig=rig, drop=drop: store_until(rig, drop))
        restarted(rig)
        finish(rig, drop)
        rig.keeper.close()
        if not sprung:
            assert step > 5
            return
    pytest.fail("the steps never ended")


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("kind", ["fakes", "files"])
def test_a_crash_at_any_step_of_commit_leaves_it_stored_or_locked_with_a_sidecar(
    tmp_path: Path, kind: str, late: bool
) -> None:
    for step in range(STEPS):
        rig = Rig(tmp_path / str(step) if kind == "files" else None)
        drop = rig.drop(TWO_STRIPES)
        rig.upload(drop)
        rig.stored(drop)
        sprung = sprung_at(
            rig, step, late, Crash, lambda rig=rig, drop=drop: rig.keeper.commit(rig.me, drop.id, drop.root)
        )
        restarted(rig)
        assert rig.state(drop) in (State.STORED, State.LOCKED)
        if rig.state(drop) is State.LOCKED:
            assert rig.blobs.sidecars()
        finish(rig, drop)
        rig.keeper.close()
        if not sprung:
            assert step > 3
            return
    pytest.fail("the steps never ended")


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("kind", ["fakes", "files"])
def test_a_crash_at_any_step_of_destroy_leaves_it_whole_or_gone(tmp_path: Path, kind: str, late: bool) -> None:
    for step in range(STEPS):
        rig = Rig(tmp_path / str(step) if kind == "files" else None)
        drop = rig.locked(TWO_STRIPES)
        right = drop.id, Verb.DESTROY, drop.secret(Verb.DESTROY)
        sprung = sprung_at(rig, step, late, Crash, lambda rig=rig, right=right: rig.keeper.destroy(*right))
        restarted(rig)
        if rig.state(drop) is State.LOCKED:
            finish(rig, drop)
        else:
            assert rig.blobs.leaf(drop.header, 0) is None
            with pytest.raises(Gone):
                rig.keeper.content(drop.id, Verb.CLAIM, drop.secret(Verb.CLAIM))
        rig.keeper.destroy(*right)
        assert rig.blobs.leaf(drop.header, 0) is None
        assert put_aside(rig) == []
        assert rig.events().count("destroyed") == 1
        rig.keeper.close()
        if not sprung:
            assert step > 1
            return
    pytest.fail("the steps never ended")


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("kind", ["fakes", "files"])
def test_a_crash_at_any_step_of_approving_and_extending_is_repaired_by_asking_again(
    tmp_path: Path, kind: str, late: bool
) -> None:
    for step in range(STEPS):
        rig = Rig(tmp_path / str(step) if kind == "files" else None)
        drop = rig.locked(TWO_STRIPES, "approvals 1 of (1)", approvers=1)
        right = drop.id, Verb.EXTEND, drop.secret(Verb.EXTEND)

        def act(rig: Rig = rig, drop: Drop = drop, right: tuple[bytes, Verb, bytes] = right) -> SignedReceipt:
            signed = rig.keeper.extend(*right, Extend(extra="after 10s"))
            rig.keeper.approve(drop.code(1), "")
            return signed

        sprung = sprung_at(rig, step, late, Crash, act)
        restarted(rig)
        signed = act()
        assert read_receipt(signed, rig.signer.spki, rig.signer.id).condition == "approvals 1 of (1) and after 10s"
        assert act() == signed
        finish(rig, drop)
        assert rig.events().count("extended") == rig.events().count("approved") == 1
        rig.keeper.close()
        if not sprung:
            assert step > 5
            return
    pytest.fail("the steps never ended")


@pytest.mark.parametrize("error", [NoRoom, Failing])
def test_a_disk_that_fails_at_any_step_acknowledges_nothing_and_works_again_without_a_restart(
    error: Callable[[], BaseException],
) -> None:
    for step in range(STEPS):
        rig = Rig(None)
        drop = rig.drop(TWO_STRIPES)

        def act(rig: Rig = rig, drop: Drop = drop) -> None:
            rig.upload(drop)
            rig.stored(drop)
            rig.keeper.commit(rig.me, drop.id, drop.root)

        sprung = sprung_at(rig, step, False, error, act)
        rig.keeper.reserve(rig.me, drop.request())
        finish(rig, drop)
        rig.keeper.tick()
        assert Light.FAULT not in rig.keeper.lights()
        rig.keeper.close()
        if not sprung:
            assert step > 15
            return
    pytest.fail("the steps never ended")


def test_the_fault_light_is_on_while_storage_fails_and_off_after() -> None:
    rig = Rig(None)
    rig.crash()
    failing = Trap(rig.blobs, 0, late=False, error=Failing)
    rig.start(wrap_blobs=lambda _: failing)
    failing.armed = True
    with pytest.raises(Failing):
        rig.keeper.reserve(rig.me, rig.drop().request())
    assert rig.keeper.lights() == {Light.FAULT}
    failing.at, failing.sprung = 0, False
    rig.keeper.tick()
    assert rig.keeper.lights() == {Light.FAULT}
    rig.keeper.tick()
    assert rig.keeper.lights() == set()
    rig.keeper.close()


def test_bytes_that_could_not_be_removed_go_once_the_disk_works_again() -> None:
    rig = Rig(None)
    drop = rig.locked()
    rig.crash()
    failing = Trap(rig.blobs, 0, late=False, error=Failing)
    rig.start(wrap_blobs=lambda _: failing)
    failing.armed = True
    with pytest.raises(Failing):
        rig.keeper.destroy(drop.id, Verb.DESTROY, drop.secret(Verb.DESTROY))
    assert rig.state(drop) is State.DESTROYED
    assert rig.blobs.leaf(drop.header, 0) is not None
    rig.keeper.tick()
    assert rig.blobs.leaf(drop.header, 0) is None
    assert rig.keeper.lights() == set()
    rig.keeper.close()


def test_closing_stops_a_reread_and_it_can_be_asked_again(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    drop = rig.drop(TWO_STRIPES)
    rig.upload(drop)
    assert isinstance(rig.keeper.store(rig.me, drop.id, drop.root), Storing)
    rig.keeper.close()
    rig.start()
    finish(rig, drop)
    rig.keeper.close()
