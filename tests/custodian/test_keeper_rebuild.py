"""A lost database is rebuilt from the signed notes beside the shares: later, never earlier, and nothing is deleted."""

from pathlib import Path

import pytest

from ddb_contract.lights import Light
from ddb_contract.problems import Locked
from ddb_contract.receipts import read_receipt
from ddb_contract.rights import Verb
from ddb_contract.text import b32
from ddb_custodian.core.states import State
from ddb_custodian.statements import read_sidecar, sidecar
from fakes_custodian import ONE_STRIPE, TWO_STRIPES, FakeSigner, Rig


@pytest.fixture(params=["fakes", "files"])
def rig(request: pytest.FixtureRequest, tmp_path: Path):
    rig = Rig(tmp_path if request.param == "files" else None)
    yield rig
    rig.keeper.close()


def claim(drop):
    return drop.id, Verb.CLAIM, drop.secret(Verb.CLAIM)


def names(rig: Rig, folder: str = "") -> set[str]:
    assert rig.folder is not None
    return {path.name for path in (rig.folder / "shares" / folder).iterdir() if path.is_file()}


def test_locks_begin_anew_and_shares_come_back(rig: Rig) -> None:
    drop = rig.locked(TWO_STRIPES)
    rig.wait(9)
    rig.lose_shelf()
    rig.start()
    assert rig.events() == ["rebuilt"]
    rig.wait(9)
    with pytest.raises(Locked):
        rig.keeper.content(*claim(drop))
    rig.wait(1)
    content = rig.keeper.content(*claim(drop))
    assert [content.read(0), content.read(1)] == drop.pieces
    deposit = rig.shelf.deposit(drop.id)
    assert deposit is not None
    assert not deposit.damaged
    signed = rig.keeper.commit(rig.me, drop.id, drop.root)
    assert read_receipt(signed, rig.signer.spki, rig.signer.id).custody_at == 0.0


def test_a_shelf_that_is_not_new_is_never_rebuilt(rig: Rig) -> None:
    drop = rig.locked()
    rig.wait(9)
    rig.crash()
    rig.start()
    rig.wait(1)
    rig.keeper.content(*claim(drop))
    assert "rebuilt" not in rig.events()


def test_a_share_that_was_damaged_meanwhile_says_so(rig: Rig) -> None:
    drop = rig.locked()
    note = rig.blobs.sidecars()[0]
    rig.blobs.finish(drop.header, drop.leaves)
    rig.lose_shelf()
    if rig.folder:
        (rig.folder / "shares" / f"{b32(drop.id)}.leaves").write_bytes(bytes(32))
    else:
        rig.blobs.blobs[drop.id].leaves[0] = bytes(32)
    rig.start()
    assert rig.blobs.sidecars() == [note]
    assert Light.FAULT in rig.keeper.lights()


def test_a_note_says_who_signed_it_and_no_other_is_believed() -> None:
    rig = Rig(None)
    deposit = rig.shelf.deposit(rig.locked().id)
    assert deposit is not None
    note = sidecar(rig.signer, deposit, 5.0)
    again = read_sidecar(rig.signer, note, 7.0)
    assert (again.header, again.state, again.locked_at) == (deposit.header, State.LOCKED, 7.0)
    assert (again.condition, again.root, again.claim_hash) == (deposit.condition, deposit.root, deposit.claim_hash)
    for bad in (
        sidecar(FakeSigner(), deposit, 5.0),
        note.replace(b"after 10s", b"after 01s"),
        note[:-1],
        b"",
        b"[" * 100_000,
        b'{"v":1,"payload":"{}","sig":"AA"}',
    ):
        with pytest.raises(ValueError):  # noqa: PT011
            read_sidecar(rig.signer, bad, 7.0)
    rig.keeper.close()


def test_what_is_unknown_or_unsigned_is_put_aside_and_only_stray_parts_go(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    drop, forged, half = rig.locked(), rig.locked(), rig.drop(ONE_STRIPE)
    rig.upload(half)
    rig.lose_shelf()
    shares = tmp_path / "shares"
    (shares / f"{b32(forged.id)}.sidecar").write_bytes(b"mine")
    (shares / "notes.txt").write_text("the owner's")
    (shares / "x.part").write_text("not ours")
    rig.start()
    assert names(rig) == {f"{b32(drop.id)}.{ending}" for ending in ("share", "leaves", "sidecar")}
    aside = {f"{b32(forged.id)}.{ending}" for ending in ("share", "leaves", "sidecar")} | {"notes.txt", "x.part"}
    assert names(rig, "aside") == aside
    rig.crash()
    (shares / "notes.txt").write_text("more")
    rig.start()
    assert names(rig, "aside") == aside | {"notes.txt.1"}
    assert (shares / "aside" / "notes.txt").read_text() == "the owner's"
    rig.keeper.close()


def test_parts_of_a_receiving_deposit_survive_a_restart_and_stray_ones_do_not(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    half, stray = rig.drop(), rig.drop()
    rig.upload(half)
    rig.crash()
    rig.blobs.reserve(stray.header)
    rig.start()
    assert names(rig) == {f"{b32(half.id)}.part", f"{b32(half.id)}.leaves.part"}
    rig.stored(half)
    rig.keeper.close()


def test_the_sidecar_is_refreshed_each_hour(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.locked(condition="after 30d")
    (before,) = rig.blobs.sidecars()
    rig.wait(3000)
    assert rig.blobs.sidecars() == [before]
    rig.wait(660)
    (after,) = rig.blobs.sidecars()
    assert after != before
    read_sidecar(rig.signer, after, 0.0)
    rig.keeper.close()
