"""The wipe takes away what was read, and nothing else."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ddb_client.adapters.medium import _kind, _mount, _sync, medium_of
from ddb_client.adapters.source import DiskSource
from ddb_client.adapters.wipe import DiskEraser
from ddb_client.core.manifest import Manifest
from ddb_client.core.remains import ADVICE, Medium, WipeReport, remains, report_json, report_words

DROP = bytes(16)


def read(path: Path) -> Manifest:
    """The manifest of what lies there, as if it had just been split."""
    import hashlib

    manifest = DiskSource(path.parent / "home").survey(str(path))
    contents = {
        item.path: b"".join(DiskSource(path.parent / "home").read(manifest, item))
        for item in manifest.items
        if item.kind == "file"
    }
    return manifest.known({name: hashlib.sha256(content).digest() for name, content in contents.items()})


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "papers"
    (root / "deep" / "deeper").mkdir(parents=True)
    (root / "a").write_bytes(b"a" * 3000)
    (root / "deep" / "b").write_bytes(b"b")
    (root / "deep" / "deeper" / "empty").touch()
    (root / "link").symlink_to("a")
    return root


def wipe(manifest: Manifest) -> WipeReport:
    return DiskEraser().wipe(DROP, manifest)


def left(report: WipeReport) -> dict[str, str]:
    return {Path(one.path).name: one.why for one in report.left}


def test_a_folder_goes_with_all_that_was_read(tree: Path) -> None:
    report = wipe(read(tree))
    assert not tree.exists()
    assert (report.complete, report.removed, report.overwritten) == (True, 7, 3001)


def test_the_bytes_are_overwritten_before_the_name_goes(tmp_path: Path) -> None:
    original = tmp_path / "secret"
    original.write_bytes(b"secret words" * 1000)
    manifest = read(original)
    descriptor = os.open(original, os.O_RDONLY)
    try:
        wipe(manifest)
        seen = os.read(descriptor, 100_000)
    finally:
        os.close(descriptor)
    assert not original.exists()
    assert len(seen) == 12_000
    assert b"secret" not in seen


def test_a_links_target_stays(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("kept")
    root = tmp_path / "papers"
    root.mkdir()
    (root / "link").symlink_to(tmp_path / "kept")
    (root / "folder").symlink_to(tmp_path)
    assert wipe(read(root)).complete
    assert (tmp_path / "kept").read_text() == "kept"


def test_a_file_with_other_names_is_left_and_named(tree: Path, tmp_path: Path) -> None:
    os.link(tree / "a", tmp_path / "other-name")
    report = wipe(read(tree))
    assert "hard links" in left(report)["a"]
    assert (tmp_path / "other-name").read_bytes() == (tree / "a").read_bytes() == b"a" * 3000
    assert not (tree / "deep").exists()


def test_a_name_added_after_the_reading_keeps_the_file(tree: Path, tmp_path: Path) -> None:
    manifest = read(tree)
    os.link(tree / "a", tmp_path / "other-name")
    assert left(wipe(manifest))["a"] == "was changed"
    assert (tmp_path / "other-name").read_bytes() == b"a" * 3000


def test_a_changed_file_is_left_even_with_the_same_size_and_time(tree: Path) -> None:
    manifest = read(tree)
    before = (tree / "a").stat()
    (tree / "a").write_bytes(b"A" * 3000)
    os.utime(tree / "a", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert left(wipe(manifest))["a"] == "was changed"
    assert (tree / "a").read_bytes() == b"A" * 3000


def test_other_content_alone_is_seen_too(tree: Path) -> None:
    manifest = read(tree)
    item = next(item for item in manifest.items if item.path == "a")
    other = item.model_copy(update={"digest": "A" * 43})
    items = [other if each is item else each for each in manifest.items]
    assert left(wipe(manifest.model_copy(update={"items": items})))["a"] == "was changed"


def test_a_replaced_file_is_left(tree: Path) -> None:
    manifest = read(tree)
    (tree / "new").write_bytes(b"a" * 3000)
    (tree / "new").replace(tree / "a")
    assert left(wipe(manifest))["a"] == "was replaced"
    assert (tree / "a").read_bytes() == b"a" * 3000


def test_a_link_in_a_files_place_is_left_and_not_followed(tree: Path, tmp_path: Path) -> None:
    manifest = read(tree)
    (tmp_path / "bystander").write_bytes(b"a" * 3000)
    (tree / "a").unlink()
    (tree / "a").symlink_to(tmp_path / "bystander")
    assert left(wipe(manifest))["a"] == "was replaced"
    assert (tmp_path / "bystander").read_bytes() == b"a" * 3000


def test_a_folder_swapped_for_a_link_is_not_entered(tree: Path, tmp_path: Path) -> None:
    manifest = read(tree)
    (tree / "deep").rename(tmp_path / "moved")
    (tmp_path / "bystanders").mkdir()
    (tmp_path / "bystanders" / "b").write_text("theirs")
    (tree / "deep").symlink_to(tmp_path / "bystanders")
    report = wipe(manifest)
    assert (tmp_path / "bystanders" / "b").read_text() == "theirs"
    assert left(report)["deep"] == "was replaced"


def test_a_folder_that_was_moved_and_linked_is_not_followed(tree: Path, tmp_path: Path) -> None:
    manifest = read(tree)
    (tree / "deep").rename(tmp_path / "moved")
    (tree / "deep").symlink_to(tmp_path / "moved")
    report = wipe(manifest)
    assert (tmp_path / "moved" / "b").read_bytes() == b"b"
    assert (tmp_path / "moved" / "deeper" / "empty").exists()
    assert left(report)["deep"] == "was replaced"


def test_what_was_added_is_left_and_named_with_its_folder(tree: Path) -> None:
    manifest = read(tree)
    (tree / "deep" / "new").write_text("new")
    report = wipe(manifest)
    assert left(report)["new"] == "it was added since"
    assert (tree / "deep" / "new").read_text() == "new"
    assert left(report)["deep"] == "it is not empty"
    assert not (tree / "a").exists()


@pytest.mark.parametrize("stage", ["renamed", "half overwritten", "overwritten"])
def test_a_wipe_that_was_killed_is_finished_by_the_next(tree: Path, stage: str) -> None:
    manifest = read(tree)
    number = next(n for n, item in enumerate(manifest.items) if item.path == "a")
    ours = tree / f".ddb-aaaaaaaa-{number}.wiping"
    (tree / "a").rename(ours)
    if stage != "renamed":
        with ours.open("r+b") as file:
            file.write(b"\0" * (1500 if stage == "half overwritten" else 3000))
    report = wipe(manifest)
    assert report.complete
    assert not tree.exists()


def test_a_wipe_that_was_killed_is_finished_though_its_name_was_taken_since(tmp_path: Path) -> None:
    original = tmp_path / "letter"
    original.write_text("secret")
    manifest = read(original)
    original.rename(tmp_path / ".ddb-aaaaaaaa-0.wiping")
    original.write_text("another")
    report = wipe(manifest)
    assert [path.name for path in tmp_path.iterdir()] == ["letter"]
    assert (original.read_text(), left(report)) == ("another", {"letter": "was replaced"})


def test_what_cannot_be_overwritten_is_removed_all_the_same_and_named(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = read(tree)

    def full(descriptor: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    report = wipe(manifest)
    assert not tree.exists()
    assert "no space left on device" in left(report)["a"]
    assert report.overwritten == 0


def test_short_writes_overwrite_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = tmp_path / "secret"
    original.write_bytes(b"secret" * 1000)
    manifest, write = read(original), os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:1000]))
    descriptor = os.open(original, os.O_RDONLY)
    try:
        assert wipe(manifest).overwritten == 6000
        assert b"secret" not in os.read(descriptor, 6000)
    finally:
        os.close(descriptor)


def test_holes_are_left_holes(tmp_path: Path) -> None:
    original = tmp_path / "sparse"
    with original.open("wb") as file:
        file.seek(1 << 24)
        file.write(b"secret")
        file.truncate(1 << 26)
    descriptor = os.open(original, os.O_RDONLY)
    try:
        report = wipe(read(original))
        assert os.fstat(descriptor).st_blocks * 512 < 1 << 20
        assert b"secret" not in os.pread(descriptor, 6, 1 << 24)
    finally:
        os.close(descriptor)
    assert report.complete
    assert 6 <= report.overwritten < 1 << 20


def test_folders_that_cannot_be_listed_hold_up_no_wipe(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest, opened, listed = read(tree), os.open, Path.iterdir

    def no_folder(path: Path, flags: int, mode: int = 0o777) -> int:
        if path in (tree / "deep", tree.parent):
            raise PermissionError(13, "Permission denied")
        return opened(path, flags, mode)

    def no_list(path: Path) -> Iterator[Path]:
        if path == tree / "deep":
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr(os, "open", no_folder)
    monkeypatch.setattr(Path, "iterdir", no_list)
    assert left(wipe(manifest)) == {"deep": "permission denied", "papers": "it is not empty"}


def test_wiping_again_changes_nothing(tree: Path) -> None:
    manifest = read(tree)
    wipe(manifest)
    report = wipe(manifest)
    assert (report.complete, report.removed) == (True, 0)


def test_an_unwritable_file_is_wiped_too(tree: Path) -> None:
    (tree / "a").chmod(0o400)
    assert wipe(read(tree)).complete


def test_editors_copies_are_named_and_left(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("notes")
    for copy in ("notes.txt~", ".notes.txt.swp", "notes.txt.bak"):
        (tmp_path / copy).write_text("notes")
    report = wipe(read(tmp_path / "notes.txt"))
    assert {Path(copy).name for copy in report.copies} == {"notes.txt~", ".notes.txt.swp", "notes.txt.bak"}
    assert (tmp_path / "notes.txt~").exists()


# what is said of the medium

MOUNTS = """\
22 1 8:1 / / rw - ext4 /dev/sda1 rw
23 22 0:30 / /home/a\\040b rw - btrfs /dev/sdb rw
24 22 0:31 / /tmp rw - tmpfs tmpfs rw
"""


def test_the_innermost_mount_counts() -> None:
    assert _mount(Path("/home/a b/papers"), MOUNTS) == ("btrfs", "0:30")
    assert _mount(Path("/home/a"), MOUNTS) == ("ext4", "8:1")
    assert _mount(Path("/tmp"), MOUNTS) == ("tmpfs", "0:31")
    assert _mount(Path("/tmp"), "") == ("unknown", "")


def test_a_mount_of_any_name_stops_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_bytes(b"30 1 0:30 / / rw - ext4 /dev/sda rw\n31 30 0:31 / /media/caf\xe9 rw - vfat /dev/sdb rw\n")
    monkeypatch.setattr("ddb_client.adapters.medium._MOUNTS", mounts)
    assert medium_of(Path(os.fsdecode(b"/media/caf\xe9/papers"))).filesystem == "vfat"


def test_a_folder_that_is_a_mount_lies_on_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"30 1 0:30 / / rw - ext4 /dev/sda rw\n31 30 0:31 / {tmp_path} rw - tmpfs tmpfs rw\n")
    monkeypatch.setattr("ddb_client.adapters.medium._MOUNTS", mounts)
    assert medium_of(tmp_path).filesystem == medium_of(tmp_path / "letter").filesystem == "tmpfs"


def test_a_partition_is_of_its_disks_kind(tmp_path: Path) -> None:
    (tmp_path / "sda" / "sda1").mkdir(parents=True)
    (tmp_path / "sda" / "queue").mkdir()
    (tmp_path / "8:1").symlink_to("sda/sda1")
    for text, kind in (("1\n", "magnetic"), ("0\n", "flash")):
        (tmp_path / "sda" / "queue" / "rotational").write_text(text)
        assert _kind("8:1", tmp_path) == kind
    assert _kind("0:30", tmp_path) == "unknown"


def test_a_virtual_disk_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "virtio2" / "block" / "vda" / "queue").mkdir(parents=True)
    (tmp_path / "virtio2" / "block" / "vda" / "queue" / "rotational").write_text("1\n")
    (tmp_path / "254:0").symlink_to("virtio2/block/vda")
    assert _kind("254:0", tmp_path) == "unknown"
    assert _kind("", tmp_path) == "unknown"


@pytest.mark.parametrize(
    ("folder", "service"),
    [("/home/a/Dropbox/x", "Dropbox"), ("/u/OneDrive - Firm", "OneDrive"), ("/u/Nextcloud", "Nextcloud"), ("/u", None)],
)
def test_sync_folders_are_known_by_their_names(folder: str, service: str | None) -> None:
    assert _sync(Path(folder)) == service


def test_the_medium_of_a_real_path_is_found_or_unknown(tmp_path: Path) -> None:
    assert medium_of(tmp_path / "x").filesystem


def test_the_report_promises_nothing() -> None:
    report = WipeReport(1, 2, (), ("/x/a~",), Medium("btrfs", "flash", "Dropbox"))
    said = " ".join([*report_words(report), *remains(report), str(report_json(report))])
    for part in ("btrfs", "flash", "Dropbox", "/x/a~", "snapshots", "swap", "wear levelling", ADVICE):
        assert part in said
    assert "secure" not in said
