"""Reading originals, writing targets, share files, journals: on a real disk."""

import os
import socket
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest

from ddb_client.adapters.journal import FileJournals
from ddb_client.adapters.sharefile import DiskShareFiles
from ddb_client.adapters.source import DiskSource
from ddb_client.adapters.target import DiskTarget, _Writing, within
from ddb_client.core.manifest import Journal
from ddb_client.core.pack import Entry, Kind
from ddb_client.errors import BadShare, BadTarget, LocalDisk, SourceChanged, SourceLost
from ddb_contract.shares import HEADER_SIZE, STRIPE, ShareHeader
from ddb_contract.text import b32

DROP = bytes(range(16))


@pytest.fixture
def source(tmp_path: Path) -> DiskSource:
    return DiskSource(tmp_path / "home")


def test_the_survey_has_parents_first_and_follows_no_link(source: DiskSource, tmp_path: Path) -> None:
    root = tmp_path / "Ω mappe"
    (root / "b").mkdir(parents=True)
    (root / "b" / "ß").write_text("x")
    (root / "a").symlink_to("../home//x/")
    manifest = source.survey(str(root))
    assert [(item.path, item.kind) for item in manifest.items] == [
        ("", "folder"),
        ("a", "link"),
        ("b", "folder"),
        ("b/ß", "file"),
    ]
    assert manifest.items[1].target == "../home//x/"


def test_what_cannot_be_put_away_is_refused_in_a_sentence(source: DiskSource, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "ticket").touch()
    (tmp_path / "link").symlink_to("pipe")
    for path, says in (
        (tmp_path / "gone", "there is no"),
        (tmp_path / "pipe", "device, socket or pipe"),
        (Path("/dev/null"), "device, socket or pipe"),
        (tmp_path / "link", "is a link"),
        (tmp_path / "home" / "ticket", "DeadDropBox's own folder"),
        (tmp_path / "home", "DeadDropBox's own folder"),
        (tmp_path, "contains DeadDropBox's own folder"),
        (Path("/"), "whole file system"),
    ):
        with pytest.raises(BadTarget, match=says):
            source.survey(str(path))


def test_a_socket_deep_in_a_folder_is_refused_by_name(source: DiskSource, tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(tmp_path / "f" / "sock"))
        with pytest.raises(BadTarget, match="f/sock is a device, socket or pipe"):
            source.survey(str(tmp_path / "f"))


def test_an_unreadable_file_is_refused(source: DiskSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shut").touch(mode=0)
    monkeypatch.setattr(os, "access", lambda path, mode: "shut" not in str(path))  # root may read everything
    with pytest.raises(BadTarget, match="permission denied"):
        source.survey(str(tmp_path / "shut"))


def test_a_file_swapped_for_another_or_for_a_link_is_not_read(source: DiskSource, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("mine")
    manifest = source.survey(str(path))
    path.unlink()
    path.symlink_to("/etc/hostname")
    with pytest.raises(SourceChanged):
        list(source.read(manifest, manifest.items[0]))
    path.unlink()
    path.write_text("ours")
    with pytest.raises(SourceChanged):
        list(source.read(manifest, manifest.items[0]))


def test_changes_names_everything_that_is_different(source: DiskSource, tmp_path: Path) -> None:
    root = tmp_path / "f"
    root.mkdir()
    for name in ("grown", "gone", "same"):
        (root / name).write_text("x")
    manifest = source.survey(str(root))
    assert source.changes(manifest) == []
    (root / "grown").write_text("xx")
    (root / "gone").unlink()
    (root / "new").touch()
    assert source.changes(manifest) == [f"{root}/gone is gone", f"{root}/grown grew", f"{root}/new was added"]


# targets


def test_long_runs_of_zeros_become_holes(tmp_path: Path) -> None:
    size = 64 * 1024 * 1024
    writing = DiskTarget().begin(str(tmp_path / "sparse"), False)
    writing.add(Entry("sparse", Kind.FILE, 0o640, 10**18, size), [bytes(1 << 20)] * 63 + [b"x" * (1 << 20)])
    writing.finish()
    status = (tmp_path / "sparse").stat()
    assert (status.st_size, status.st_mode & 0o777, status.st_mtime_ns) == (size, 0o640, 10**18)
    assert status.st_blocks * 512 < 4 * 1024 * 1024


def test_a_target_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    writing = DiskTarget().begin(str(tmp_path / "f"), False)
    writing.add(Entry("f", Kind.FOLDER, 0o500, 0, 0), [])
    writing.add(Entry("f/a", Kind.FILE, 0o400, 0, 1), [b"a"])
    assert not (tmp_path / "f").exists()
    writing.abandon()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_is_replaced(tmp_path: Path) -> None:
    killed = DiskTarget().begin(str(tmp_path / "f"), False)
    killed.add(Entry("f", Kind.FOLDER, 0o700, 0, 0), [])
    del killed
    again = DiskTarget().begin(str(tmp_path / "f"), False)
    again.add(Entry("f", Kind.FILE, 0o600, 0, 1), [b"a"])
    assert again.finish() == str(tmp_path / "f")
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


def test_two_at_once_do_not_write_to_one_target(tmp_path: Path) -> None:
    first = DiskTarget().begin(str(tmp_path / "f"), False)
    first.add(Entry("f", Kind.FILE, 0o600, 0, 1), [b"a"])
    with pytest.raises(BadTarget, match="another ddb"):
        DiskTarget().begin(str(tmp_path / "f"), False)
    first.finish()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"f": b"a"}


def replacing(folder: Path) -> _Writing:
    """A new folder, about to take the place of an old one with a file in it."""
    folder.mkdir()
    (folder / "old").touch()
    writing = DiskTarget().begin(str(folder), True)
    writing.add(Entry("f", Kind.FOLDER, 0o700, 0, 0), [])
    return writing


def test_interrupted_between_the_old_and_the_new_the_old_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing = replacing(tmp_path / "f")

    def interrupted(self: Path, target: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        writing.finish()
    writing.abandon()
    assert [str(path.relative_to(tmp_path)) for path in sorted(tmp_path.rglob("*"))] == ["f", "f/old"]


def test_killed_between_the_old_and_the_new_the_old_is_put_back_by_the_next(tmp_path: Path) -> None:
    writing = replacing(tmp_path / "f")
    (tmp_path / "f").rename(writing._old)
    del writing
    with pytest.raises(BadTarget, match="there already"):
        DiskTarget().begin(str(tmp_path / "f"), False)
    assert (tmp_path / "f" / "old").exists()


def test_the_old_stays_until_the_new_is_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writing = replacing(tmp_path / "f")

    def failing(folder: Path, mode: int | None = None) -> None:
        if folder == tmp_path:
            raise OSError(5, "Input/output error")

    monkeypatch.setattr("ddb_client.adapters.target._sync", failing)
    with pytest.raises(LocalDisk):
        writing.finish()
    assert (writing._old / "old").exists()


@pytest.mark.parametrize("old", ["file", "folder", "link"])
@pytest.mark.parametrize("new", [Kind.FILE, Kind.FOLDER])
def test_with_force_anything_is_replaced_by_anything(tmp_path: Path, old: str, new: Kind) -> None:
    target = tmp_path / "t"
    (tmp_path / "kept").write_text("kept")
    match old:
        case "file":
            target.write_text("old")
        case "folder":
            target.mkdir()
            (target / "old").touch()
        case _:
            target.symlink_to("kept")
    with pytest.raises(BadTarget):
        DiskTarget().begin(str(target), False)
    writing = DiskTarget().begin(str(target), True)
    writing.add(Entry("t", new, 0o700, 0, 0), [])
    writing.finish()
    assert target.is_dir() == (new is Kind.FOLDER)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept", "t"]
    assert (tmp_path / "kept").read_text() == "kept"


def test_a_target_that_appeared_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    writing = DiskTarget().begin(str(tmp_path / "t"), False)
    writing.add(Entry("t", Kind.FILE, 0o600, 0, 0), [])
    (tmp_path / "t").write_text("mine")
    with pytest.raises(BadTarget):
        writing.finish()
    assert (tmp_path / "t").read_text() == "mine"


def test_what_comes_back_runs_with_nobodys_rights(tmp_path: Path) -> None:
    writing = DiskTarget().begin(str(tmp_path / "tool"), False)
    writing.add(Entry("tool", Kind.FILE, 0o6755, 0, 1), [b"x"])
    assert Path(writing.finish()).stat().st_mode & 0o7777 == 0o755


@pytest.mark.parametrize("name", ["..\\..\\evil", "C:evil", "C:\\evil", "\\evil", "a/..\\evil"])
def test_a_name_leads_nowhere_else_on_windows(name: str) -> None:
    with pytest.raises(BadShare):
        within(PureWindowsPath("C:\\home\\back"), name)


def test_every_name_without_a_slash_is_one_on_posix() -> None:
    assert within(PurePosixPath("/back"), "..\\x/C:y") == PurePosixPath("/back", "..\\x", "C:y")
    assert within(PurePosixPath("/back"), "") == PurePosixPath("/back")


def test_a_full_disk_is_said() -> None:
    with pytest.raises(BadTarget, match="no folder"):
        DiskTarget().begin("/nowhere/at/all", False)
    full = Path("/dev/full")
    writing = DiskTarget().begin("/tmp/ddb-full-test", False)
    writing._new.symlink_to(full)
    with pytest.raises(LocalDisk):
        writing.add(Entry("x", Kind.FILE, 0o600, 0, 1), [b"x"])
    writing.abandon()


# share files


def header(size: int = STRIPE + 960) -> ShareHeader:
    return ShareHeader(2, 3, 255, DROP, size)


def test_a_pad_is_written_beside_its_path_and_read_back(tmp_path: Path) -> None:
    files, path = DiskShareFiles(), str(tmp_path / "stick" / "my.share")
    with pytest.raises(BadTarget, match="no folder"):
        files.create(path, header())
    (tmp_path / "stick").mkdir()
    sink = files.create(path, header())
    sink.put(0, b"a" * STRIPE)
    sink.put(1, b"b" * 960)
    assert not Path(path).exists()
    sink.finish()
    share = files.open(path)
    assert (share.header, share.size, share.leaves) == (header(), STRIPE + 960, None)
    assert files.piece(share, 1) == b"b" * 960
    assert Path(path).stat().st_mode & 0o777 == 0o600


def test_nothing_is_overwritten_by_a_pad_and_only_our_own_is_removed(tmp_path: Path) -> None:
    files, path = DiskShareFiles(), tmp_path / "x"
    path.write_text("mine")
    with pytest.raises(BadTarget):
        files.create(str(path), header())
    files.remove(str(path), DROP)
    assert path.read_text() == "mine"
    sink = files.create(str(tmp_path / "pad"), header())
    sink.finish()
    files.remove(str(tmp_path / "pad"), bytes(16))
    assert (tmp_path / "pad").exists()
    files.remove(str(tmp_path / "pad"), DROP)
    files.create(str(tmp_path / "pad"), header())
    files.remove(str(tmp_path / "pad"), DROP)
    assert [one.name for one in tmp_path.iterdir()] == ["x"]


def test_a_pad_takes_no_name_that_was_taken_meanwhile(tmp_path: Path) -> None:
    files, path = DiskShareFiles(), tmp_path / "pad"
    sink, other = files.create(str(path), header()), ShareHeader(2, 3, 255, bytes(16), STRIPE)
    files.create(str(path), other).finish()
    with pytest.raises(BadTarget, match="there already"):
        sink.finish()
    files.remove(str(path), DROP)
    assert [one.name for one in tmp_path.iterdir()] == ["pad"]
    assert files.open(str(path)).header == other


def test_what_is_no_share_or_too_short_is_said(tmp_path: Path) -> None:
    files, path = DiskShareFiles(), tmp_path / "x"
    path.write_bytes(b"DDB")
    with pytest.raises(BadShare):
        files.open(str(path))
    path.write_bytes(header().pack() + bytes(10))
    share = files.open(str(path))
    assert share.size == 10
    assert files.piece(share, 0) == bytes(10)
    assert files.piece(share, 1) == b""
    assert path.stat().st_size == HEADER_SIZE + 10
    path.unlink()
    with pytest.raises(SourceLost):
        files.piece(share, 0)


def test_leaves_of_an_endless_share_are_not_taken_into_memory(tmp_path: Path) -> None:
    path = tmp_path / "x.share"
    path.write_bytes(header(2**22 * STRIPE).pack())
    with path.with_suffix(".leaves").open("wb") as leaves:
        leaves.truncate(2**22 * 32)
    assert DiskShareFiles().open(str(path)).leaves is None


# journals


def journal(source: DiskSource, path: Path) -> Journal:
    return Journal(drop=b32(DROP), manifest=source.survey(str(path)), keep_original=False, pad=None)


def test_a_journal_keeps_even_names_that_are_no_utf8(source: DiskSource, tmp_path: Path) -> None:
    folder = tmp_path / "f"
    folder.mkdir()
    (folder / os.fsdecode(b"latin-\xe9")).touch()
    journals, written = FileJournals(tmp_path / "home"), journal(source, folder)
    journals.write(written)
    assert journals.read(DROP) == written
    assert journals.all() == [written]
    journals.remove(DROP)
    assert journals.all() == []


def test_a_damaged_journal_is_none_so_nothing_is_wiped_by_it(source: DiskSource, tmp_path: Path) -> None:
    journals = FileJournals(tmp_path / "home")
    (tmp_path / "f").touch()
    journals.write(journal(source, tmp_path / "f"))
    (tmp_path / "home" / "journals" / f"{b32(DROP)}.json").write_text("{}")
    assert journals.read(DROP) is None


def test_one_drop_is_in_one_hand_at_a_time(tmp_path: Path) -> None:
    mine, other = FileJournals(tmp_path), FileJournals(tmp_path)
    with mine.alone(DROP) as first:
        with other.alone(DROP) as second:
            assert (first, second) == (True, False)
        with other.alone(bytes(16)) as elsewhere:
            assert elsewhere
    with other.alone(DROP) as again:
        assert again
    with pytest.raises(LocalDisk), mine.alone(DROP):
        raise LocalDisk("full")
    assert list((tmp_path / "journals").iterdir()) == []


def test_a_state_folder_that_can_not_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "home").touch()
    with pytest.raises(LocalDisk, match="can't write"), FileJournals(tmp_path / "home").alone(DROP):
        pass
