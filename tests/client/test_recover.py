"""`ddb recover` and `ddb join`: early, late, damaged, killed."""

import gc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from ddb_client.adapters.sharefile import DiskShareFiles
from ddb_client.adapters.target import DiskTarget
from ddb_client.core.pack import Entry
from ddb_client.core.plan import Wish
from ddb_client.drop import put_away
from ddb_client.errors import BadCode, BadShare, BadTarget, LocalDisk, StillLocked, TooFewCustodians
from ddb_client.files import join_files, read_share
from ddb_client.ports import ShareFile
from ddb_client.prepare import prepare
from ddb_client.recover import Wanted, recover, ticket_by_code
from ddb_contract.conditions import After
from ddb_contract.shares import MAX_SEALED, STRIPE
from ddb_contract.text import b64
from fakes_client_api import Fate, Killed, Network, TestWorld
from strategies import random_bytes, trees

CONTENT = random_bytes(2 * STRIPE + 12_345, "recover")


class Locked:
    """A drop of three stripes in the hands of three custodians."""

    def __init__(self, folder: Path, original: Path | None = None, **asked: object) -> None:
        self.world = TestWorld(folder, Network("attic", "desk", "shed"))
        self.world.pair_all()
        if original is None:
            original = folder / "film.bin"
            original.write_bytes(CONTENT)
        prepared = prepare(self.world, str(original), Wish(After(60), {}, **asked))  # type: ignore[arg-type]
        done = put_away(self.world, prepared, lambda drop: str(folder / "pad.share"))
        self.ticket, self.code = done.ticket, done.recovery_code
        self.network, self.target = self.world.network, folder / "back"

    def wanted(self, **more: object) -> Wanted:
        return Wanted(self.ticket, str(self.target), **more)  # type: ignore[arg-type]

    def damage(self, name: str, stripe: int) -> None:
        share = self.network[name].live[0]
        share.pieces[stripe] = bytes(len(share.pieces[stripe]))


@pytest.fixture
def locked(tmp_path: Path) -> Locked:
    return Locked(tmp_path)


@pytest.fixture
def drop(locked: Locked) -> Locked:
    locked.network.pass_time(60)
    return locked


def beside(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir())


def test_before_the_time_it_says_why_and_for_how_long_and_writes_nothing(locked: Locked) -> None:
    locked.network.pass_time(20)
    before = beside(locked.target)
    with pytest.raises(StillLocked) as caught:
        recover(locked.world, locked.wanted())
    assert caught.value.next_change == 40
    assert any("attic: 40s of 1m left" in reason for reason in caught.value.reasons)
    assert beside(locked.target) == before


def test_waiting_counts_down_and_then_recovers(locked: Locked) -> None:
    left: list[int] = []

    def tell(_: StillLocked, seconds: int) -> None:
        left.append(seconds)
        locked.network.pass_time(1)

    recover(locked.world, locked.wanted(), tell)
    assert left == list(range(60, 0, -1))
    assert locked.target.read_bytes() == CONTENT


def test_two_of_three_bring_it_back_and_collected_comes_last(drop: Locked) -> None:
    drop.network["shed"].silent = True
    restored = recover(drop.world, drop.wanted())
    assert drop.target.read_bytes() == CONTENT
    assert (set(restored.used), restored.damaged) == ({"attic", "desk"}, ())
    calls = drop.world.fate.calls
    assert calls.index("after _Writing.finish") < calls.index("before MemoryCustodian.collected")
    assert [share.state for share in drop.network.live()] == ["collected", "collected", "locked"]


def test_one_of_three_is_too_few_and_the_others_are_named(drop: Locked) -> None:
    drop.network["shed"].silent = drop.network["desk"].silent = True
    with pytest.raises(TooFewCustodians, match="desk doesn't answer and shed doesn't answer"):
        recover(drop.world, drop.wanted())


@pytest.mark.parametrize("stripe", [0, 1, 2])
def test_a_damaged_share_is_named_and_replaced(drop: Locked, stripe: int) -> None:
    drop.damage("attic", stripe)
    restored = recover(drop.world, drop.wanted())
    assert drop.target.read_bytes() == CONTENT
    assert restored.damaged == ("attic",)


def test_two_shares_damaged_in_different_stripes_still_do(drop: Locked) -> None:
    drop.damage("attic", 0)
    drop.damage("desk", 2)
    assert set(recover(drop.world, drop.wanted()).damaged) == {"attic", "desk"}
    assert drop.target.read_bytes() == CONTENT


def test_damage_beyond_repair_leaves_nothing_behind(drop: Locked) -> None:
    before = beside(drop.target)
    drop.damage("attic", 2)
    drop.damage("desk", 2)
    with pytest.raises(BadShare, match="attic"):
        recover(drop.world, drop.wanted())
    assert beside(drop.target) == before


def test_an_existing_target_is_kept_unless_forced(drop: Locked) -> None:
    drop.target.write_text("mine")
    with pytest.raises(BadTarget, match="there already"):
        recover(drop.world, drop.wanted())
    assert drop.target.read_text() == "mine"
    recover(drop.world, drop.wanted(force=True))
    assert drop.target.read_bytes() == CONTENT


def test_the_code_alone_brings_it_back_on_a_laptop_that_never_paired(drop: Locked, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    stranger = TestWorld(tmp_path / "other", drop.network)
    ticket = ticket_by_code(stranger, drop.code.upper(), [])
    recover(stranger, Wanted(ticket, str(tmp_path / "other" / "film.bin")))
    assert (tmp_path / "other" / "film.bin").read_bytes() == CONTENT


@pytest.mark.parametrize("sealed", ["", "AAAA", b64(bytes(40))])
def test_a_custodian_that_gives_nonsense_for_a_ticket_hides_no_other(drop: Locked, sealed: str) -> None:
    for name in ("attic", "desk"):
        share = drop.network[name].live[0]
        assert share.copy is not None
        share.copy = share.copy.model_copy(update={"sealed": sealed})
    assert ticket_by_code(drop.world, drop.code, []).drop == drop.ticket.drop


def test_a_wrong_code_is_told_from_a_mistyped_one(drop: Locked) -> None:
    with pytest.raises(BadCode, match="24 words"):
        ticket_by_code(drop.world, "abandon abandon", [])
    with pytest.raises(BadCode, match="word 1"):
        ticket_by_code(drop.world, "zzz " * 24, [])
    with pytest.raises(BadCode, match="no recovery code"):
        ticket_by_code(drop.world, "abandon " * 24, [])
    with pytest.raises(TooFewCustodians, match="none of the 3"):
        ticket_by_code(drop.world, "abandon " * 23 + "art", [])


def test_killed_at_any_call_of_a_recovery_nothing_is_lost(drop: Locked) -> None:
    recover(drop.world, drop.wanted(force=True))
    drop.target.unlink()
    probe = drop.world.reborn()
    recover(probe, drop.wanted())
    for kill_at in range(1, probe.fate.count):
        drop.target.unlink(missing_ok=True)
        with pytest.raises(Killed):
            recover(drop.world.reborn(Fate(kill_at)), drop.wanted())
        gc.collect()  # the dead hold no lock
        assert not drop.target.exists() or drop.target.read_bytes() == CONTENT
    recover(drop.world.reborn(), drop.wanted(force=True))
    assert drop.target.read_bytes() == CONTENT
    assert [name for name in beside(drop.target) if name.startswith(".ddb")] == []


def test_a_full_disk_is_said_and_nothing_stays(drop: Locked) -> None:
    class Full:
        def __init__(self, writing: object) -> None:
            self.abandoned = False
            self.writing = writing

        def add(self, entry: Entry, chunks: object) -> None:
            raise LocalDisk("no space left on device")

        def abandon(self) -> None:
            self.abandoned = True

    full = Full(None)
    drop.world.target = type("FullDisk", (), {"begin": lambda self, path, force: full})()
    with pytest.raises(LocalDisk):
        recover(drop.world, drop.wanted())
    assert full.abandoned
    assert not any("collected" in call for call in drop.world.fate.calls)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(trees())
def test_any_tree_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, tree: dict[Entry, bytes]) -> None:
    folder = tmp_path_factory.mktemp("tree")
    tree = {entry: content for entry, content in tree.items() if len(entry.path.encode(errors="surrogateescape")) < 900}
    writing = DiskTarget().begin(str(folder / "tree"), False)
    plain = {_plain(entry): content for entry, content in tree.items()}
    for entry, content in plain.items():
        writing.add(entry, [content])
    writing.finish()
    before = seen(folder / "tree")
    locked = Locked(folder, folder / "tree")
    assert not (folder / "tree").exists()
    locked.network.pass_time(60)
    recover(locked.world, locked.wanted())
    assert seen(locked.target) == before


def _plain(entry: Entry) -> Entry:
    """Modes that the test itself can undo, times that file systems can keep."""
    mode = (entry.mode & 0o777) | 0o700
    return Entry(entry.path, entry.kind, mode, entry.mtime_ns % 2**60, entry.size, entry.target)


def seen(root: Path) -> list[object]:
    found: list[object] = []
    for path in [root, *sorted(root.rglob("*"))]:
        status = path.lstat()
        content: object = None
        if path.is_symlink():
            content = str(path.readlink())
        elif path.is_file():
            content = path.read_bytes()
        mode = None if path.is_symlink() else status.st_mode
        found.append((str(path.relative_to(root)), mode, status.st_mtime_ns, content))
    return found


# ddb join


def shares(drop: Locked, *names: str) -> list[str]:
    paths = []
    for name in names:
        share = drop.network[name].live[0]
        path = drop.target.with_name(f"{name}.share")
        path.write_bytes(share.header.pack() + b"".join(share.pieces[stripe] for stripe in sorted(share.pieces)))
        paths.append(str(path))
    return paths


def test_share_files_join_without_any_custodian(drop: Locked) -> None:
    paths = shares(drop, "attic", "shed")
    for custodian in drop.network:
        custodian.silent = True
    restored = join_files(drop.world, drop.ticket, paths, str(drop.target), False)
    assert drop.target.read_bytes() == CONTENT
    assert set(restored.used) == {"attic", "shed"}
    assert restored.damaged == ()


def test_a_truncated_share_is_named_and_its_good_stripes_serve(drop: Locked) -> None:
    paths = shares(drop, "attic", "desk", "shed")
    Path(paths[0]).write_bytes(Path(paths[0]).read_bytes()[:-10])
    Path(paths[1]).write_bytes(bytes_with_a_hole(Path(paths[1]).read_bytes(), 100))
    restored = join_files(drop.world, drop.ticket, paths, str(drop.target), False)
    assert drop.target.read_bytes() == CONTENT
    assert set(restored.damaged) == {"attic", "desk"}


def test_a_share_that_says_it_is_endless_is_not_read_to_its_end(drop: Locked) -> None:
    endless = drop.ticket.model_copy(update={"size": MAX_SEALED})
    path = drop.target.with_name("endless.share")
    path.write_bytes(endless.header(endless.holders[0]).pack() + bytes(100))
    drop.world.share_files = Counting()  # type: ignore[assignment]
    assert read_share(drop.world, endless, str(path)).leaves is None


class Counting(DiskShareFiles):
    """Gives up where a lie would keep a laptop busy for years."""

    read = 0

    def piece(self, share: ShareFile, stripe: int) -> bytes:
        self.read += 1
        assert self.read < 1000
        return super().piece(share, stripe)


def bytes_with_a_hole(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_foreign_duplicate_and_senseless_files_are_named_and_left_out(drop: Locked, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Locked(tmp_path / "other")
    foreign = shares(other, "attic")[0]
    (tmp_path / "notes.txt").write_text("no share")
    paths = shares(drop, "attic")
    copy = tmp_path / "copy.share"
    copy.write_bytes(Path(paths[0]).read_bytes())
    every = [*paths, str(copy), foreign, str(tmp_path / "notes.txt"), str(tmp_path / "gone")]
    with pytest.raises(TooFewCustodians, match="too few shares"):
        join_files(drop.world, drop.ticket, every, str(drop.target), False)
    said = " ".join(drop.world.progress.said)
    for path in every[1:]:
        assert path in said


def test_a_pad_joins_like_any_share(tmp_path: Path) -> None:
    drop = Locked(tmp_path, pad=True)
    paths = shares(drop, "attic", "shed")
    with pytest.raises(TooFewCustodians):
        join_files(drop.world, drop.ticket, paths, str(drop.target), False)
    join_files(drop.world, drop.ticket, [*paths, str(tmp_path / "pad.share")], str(drop.target), False)
    assert drop.target.read_bytes() == CONTENT
