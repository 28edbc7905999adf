"""One suite for every keeper of bytes; then what only files can show: crashes between steps, full disks, names."""

import random
import stat
from pathlib import Path

import pytest

from ddb_contract.problems import Failing, NoRoom
from ddb_contract.shares import HEADER_SIZE, STRIPE, ShareHeader, leaf, stripe_length
from ddb_contract.text import b32
from ddb_custodian.adapters.blobs import MARGIN
from ddb_custodian.ports import Blobs
from fakes_custodian import ONE_STRIPE, TWO_STRIPES, MemoryBlobs, SpoilableBlobs

HEADER = ShareHeader(2, 3, 1, b"d" * 16, TWO_STRIPES)
OTHER = ShareHeader(2, 3, 1, b"e" * 16, ONE_STRIPE)
NAME = b32(HEADER.drop)


def pieces(header: ShareHeader) -> list[bytes]:
    return [random.Random(s).randbytes(stripe_length(header.size, s)) for s in range(header.stripes)]


def leaves(header: ShareHeader) -> list[bytes]:
    return [leaf(stripe, piece) for stripe, piece in enumerate(pieces(header))]


def written(blobs: Blobs, header: ShareHeader = HEADER) -> None:
    blobs.reserve(header)
    for stripe, piece in reversed(list(enumerate(pieces(header)))):
        blobs.write(header, stripe, piece, leaf(stripe, piece))


def finished(blobs: Blobs, header: ShareHeader = HEADER) -> None:
    written(blobs, header)
    blobs.finish(header, list(blobs.seal(header)))


@pytest.fixture(params=["memory", "files"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> MemoryBlobs | SpoilableBlobs:
    return MemoryBlobs() if request.param == "memory" else SpoilableBlobs(tmp_path / "shares")


@pytest.fixture
def files(tmp_path: Path) -> SpoilableBlobs:
    return SpoilableBlobs(tmp_path / "shares")


def names(blobs: SpoilableBlobs) -> set[str]:
    return {path.name for path in blobs._folder.iterdir() if path.is_file()}


def test_pieces_in_any_order_become_a_share(blobs: MemoryBlobs) -> None:
    blobs.reserve(HEADER)
    assert blobs.leaf(HEADER, 0) is None
    blobs.write(HEADER, 1, pieces(HEADER)[1], leaves(HEADER)[1])
    assert [blobs.leaf(HEADER, 0), blobs.leaf(HEADER, 1)] == [None, leaves(HEADER)[1]]
    blobs.write(HEADER, 0, pieces(HEADER)[0], leaves(HEADER)[0])
    assert list(blobs.seal(HEADER)) == leaves(HEADER)
    for _ in range(2):
        blobs.finish(HEADER, leaves(HEADER))
        assert blobs.leaves(HEADER) == leaves(HEADER)
        assert [blobs.read(HEADER, stripe) for stripe in range(2)] == pieces(HEADER)
        assert list(blobs.seal(HEADER)) == leaves(HEADER)
        assert blobs.leaf(HEADER, 1) == leaves(HEADER)[1]


def test_reserving_again_keeps_what_was_written(blobs: MemoryBlobs) -> None:
    written(blobs)
    blobs.reserve(HEADER)
    assert list(blobs.seal(HEADER)) == leaves(HEADER)
    blobs.finish(HEADER, leaves(HEADER))
    blobs.reserve(HEADER)
    assert blobs.read(HEADER, 0) == pieces(HEADER)[0]


def test_a_changed_stripe_shows_when_sealed_and_is_read_as_it_is(blobs: MemoryBlobs) -> None:
    written(blobs)
    blobs.spoil(HEADER, 1)
    read = list(blobs.seal(HEADER))
    assert (read[0] == leaves(HEADER)[0], read[1] == leaves(HEADER)[1]) == (True, False)
    blobs.finish(HEADER, leaves(HEADER))
    assert blobs.read(HEADER, 1) != pieces(HEADER)[1]
    assert blobs.leaf(HEADER, 1) == leaves(HEADER)[1]


def test_there_is_no_stripe_past_the_end(blobs: MemoryBlobs) -> None:
    finished(blobs)
    for stripe in (-1, 2):
        with pytest.raises(IndexError):
            blobs.read(HEADER, stripe)


def test_removing_takes_all_and_may_be_repeated(blobs: MemoryBlobs) -> None:
    finished(blobs)
    blobs.put_sidecar(HEADER, b"note")
    finished(blobs, OTHER)
    free = blobs.free()
    for _ in range(2):
        blobs.remove(HEADER)
    assert blobs.free() >= free
    assert blobs.leaf(HEADER, 0) is None
    assert blobs.sidecars() == []
    for ask in (lambda: blobs.read(HEADER, 0), lambda: blobs.leaves(HEADER), lambda: list(blobs.seal(HEADER))):
        with pytest.raises(Failing):
            ask()
    assert blobs.read(OTHER, 0) == pieces(OTHER)[0]


def test_sidecars_are_those_beside_finished_shares(blobs: MemoryBlobs) -> None:
    written(blobs)
    blobs.put_sidecar(HEADER, b"first")
    assert blobs.sidecars() == []
    blobs.finish(HEADER, leaves(HEADER))
    blobs.put_sidecar(HEADER, b"second")
    assert blobs.sidecars() == [b"second"]


def test_tidying_removes_stray_parts_and_puts_unknown_shares_aside(blobs: MemoryBlobs) -> None:
    written(blobs)
    finished(blobs, OTHER)
    blobs.tidy({HEADER.drop}, {HEADER.drop, OTHER.drop})
    assert (blobs.leaf(HEADER, 0), blobs.read(OTHER, 0)) == (leaves(HEADER)[0], pieces(OTHER)[0])
    blobs.tidy((), (OTHER.drop,))
    assert (blobs.leaf(HEADER, 0), blobs.read(OTHER, 0)) == (None, pieces(OTHER)[0])
    blobs.tidy((), ())
    with pytest.raises(Failing):
        blobs.read(OTHER, 0)


def test_reserved_room_is_counted_until_it_is_written(blobs: MemoryBlobs) -> None:
    big = ShareHeader(2, 3, 1, b"b" * 16, STRIPE * 2000)
    before = blobs.free()
    blobs.reserve(big)
    assert abs(before - blobs.free() - big.size) < big.size / 10
    blobs.check()


def test_the_share_is_its_header_and_body_in_private_files(files: SpoilableBlobs, tmp_path: Path) -> None:
    finished(files)
    files.put_sidecar(HEADER, b"note")
    assert names(files) == {f"{NAME}.share", f"{NAME}.leaves", f"{NAME}.sidecar"}
    assert (files._folder / f"{NAME}.share").read_bytes() == HEADER.pack() + b"".join(pieces(HEADER))
    assert (files._folder / f"{NAME}.leaves").read_bytes() == b"".join(leaves(HEADER))
    assert {stat.S_IMODE(path.stat().st_mode) for path in files._folder.iterdir()} == {0o600}
    assert stat.S_IMODE(files._folder.stat().st_mode) == 0o700


def test_a_crash_between_the_steps_of_finishing_is_repaired_by_doing_it_again(files: SpoilableBlobs) -> None:
    written(files)
    (files._folder / f"{NAME}.leaves.part").rename(files._folder / f"{NAME}.leaves")
    files.tidy({HEADER.drop}, {HEADER.drop})
    assert files.leaf(HEADER, 0) == leaves(HEADER)[0]
    files.write(HEADER, 0, pieces(HEADER)[0], leaves(HEADER)[0])
    assert list(files.seal(HEADER)) == leaves(HEADER)
    files.finish(HEADER, leaves(HEADER))
    assert names(files) == {f"{NAME}.share", f"{NAME}.leaves"}
    files.write(HEADER, 0, pieces(HEADER)[0], leaves(HEADER)[0])
    assert list(files.seal(HEADER)) == leaves(HEADER)
    assert names(files) == {f"{NAME}.share", f"{NAME}.leaves"}


def test_a_piece_whose_leaf_never_reached_the_disk_is_absent(files: SpoilableBlobs) -> None:
    written(files)
    (files._folder / f"{NAME}.leaves.part").write_bytes(bytes(32) + leaves(HEADER)[1][:20])
    assert [files.leaf(HEADER, 0), files.leaf(HEADER, 1)] == [None, None]


def test_a_shortened_or_renamed_share_is_noticed(files: SpoilableBlobs) -> None:
    finished(files)
    share = files._folder / f"{NAME}.share"
    whole = share.read_bytes()
    share.write_bytes(whole[:-1])
    assert files.read(HEADER, 0) == pieces(HEADER)[0]
    with pytest.raises(Failing, match="shorter"):
        files.read(HEADER, 1)
    assert list(files.seal(HEADER))[1] != leaves(HEADER)[1]
    share.write_bytes(OTHER.pack() + whole[HEADER_SIZE:])
    with pytest.raises(Failing, match="header"):
        list(files.seal(HEADER))
    (files._folder / f"{NAME}.leaves").write_bytes(b"short")
    with pytest.raises(Failing):
        files.leaves(HEADER)


@pytest.mark.parametrize("ending", ["part", "leaves.part"])
def test_a_full_disk_is_no_room_and_the_piece_is_not_there(files: SpoilableBlobs, ending: str) -> None:
    files.reserve(HEADER)
    path = files._folder / f"{NAME}.{ending}"
    path.unlink(missing_ok=True)
    path.symlink_to("/dev/full")
    with pytest.raises(NoRoom):
        files.write(HEADER, 0, pieces(HEADER)[0], leaves(HEADER)[0])
    path.unlink()
    files.reserve(HEADER)
    assert files.leaf(HEADER, 0) is None
    written(files)
    assert list(files.seal(HEADER)) == leaves(HEADER)


def test_a_folder_that_is_gone_fails_and_works_again_once_it_is_back(files: SpoilableBlobs) -> None:
    away = files._folder.with_name("away")
    files._folder.rename(away)
    for ask in (files.free, files.check, files.sidecars, lambda: files.reserve(HEADER)):
        with pytest.raises(Failing):
            ask()
    away.rename(files._folder)
    files.check()
    finished(files)


def test_what_is_removed_is_overwritten_first_and_holes_stay_holes(files: SpoilableBlobs) -> None:
    big = ShareHeader(2, 3, 1, HEADER.drop, STRIPE * 5000)
    files.reserve(big)
    last = big.stripes - 1
    files.write(big, last, bytes([7]) * STRIPE, bytes([1]) * 32)
    link = files._folder.with_name("seen through another name")
    link.hardlink_to(files._folder / f"{NAME}.part")
    files.remove(big)
    assert names(files) == set()
    assert link.stat().st_blocks * 512 < 4 * STRIPE
    with link.open("rb") as file:
        assert file.read(48) == bytes(48)
        file.seek(HEADER_SIZE + last * STRIPE)
        assert file.read() == bytes(STRIPE)


def test_a_margin_of_the_disk_is_never_promised(files: SpoilableBlobs) -> None:
    import shutil

    assert abs(shutil.disk_usage(files._folder).free - MARGIN - files.free()) < 50_000_000
