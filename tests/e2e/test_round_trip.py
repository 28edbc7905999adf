"""Put away and got back, byte for byte, in every way there is."""

import os
from collections.abc import Callable
from pathlib import Path

from e2e.harness import Fleet, Laptop, sha256, tree

SPREAD = 3 * 983_040 + 17
"""Bytes over several stripes."""


def test_a_file_comes_back_as_it_was(fleet: Fleet, tmp_path: Path) -> None:
    original = tmp_path / "recording.wav"
    original.write_bytes(os.urandom(SPREAD))
    original.chmod(0o640)
    os.utime(original, ns=(1_700_000_000_000_000_000, 1_700_000_000_123_456_789))
    digest, was = sha256(original), original.stat()

    done = fleet.split(original)
    assert done["wiped"] is True
    assert not original.exists()

    back = fleet.json("recover", done["drop"], "--wait", "--to", tmp_path / "again.wav")
    now = Path(back["path"]).stat()
    assert (back["sha256"], back["damaged"]) == (digest, [])
    assert sha256(back["path"]) == digest
    assert (now.st_mode, now.st_mtime_ns) == (was.st_mode, was.st_mtime_ns)


def test_a_folder_comes_back_as_it_was(fleet: Fleet, tmp_path: Path) -> None:
    folder = tmp_path / "Ünterlagen 資料"
    (folder / "נייר" / "vide").mkdir(parents=True)
    (folder / "empty").touch()
    (folder / "с пробелами и\nстрокой.txt").write_text("тест")  # noqa: RUF001  names in any script
    (folder / "link").symlink_to("נייר/nowhere")
    (folder / "script.sh").write_text("#!/bin/sh\n")
    (folder / "script.sh").chmod(0o751)
    with (folder / "sparse").open("wb") as file:
        file.seek(2_000_000)
        file.write(b"end")
    os.utime(folder / "נייר", ns=(1, 1_600_000_000_000_000_001))
    was = tree(folder)

    done = fleet.split(folder)
    assert not folder.exists()

    fleet.json("recover", done["drop"], "--wait", "--to", tmp_path / "again")
    assert tree(tmp_path / "again") == was


def test_an_empty_file_comes_back(fleet: Fleet, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    done = fleet.split(tmp_path / "empty")
    fleet.json("recover", done["drop"], "--wait", "--to", tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == b""


def test_the_answer_has_all_that_outside_checks_read(fleet: Fleet, letter: Path) -> None:
    done = fleet.split(letter, "after 1h")
    assert set(done) >= {
        "drop",
        "ticket",
        "threshold",
        "custodians",
        "recovery_code",
        "wiped",
        "wipe_report",
    }
    assert (done["threshold"], len(done["recovery_code"].split())) == (2, 24)
    assert sorted(each["name"] for each in done["custodians"]) == sorted(each.name for each in fleet.custodians)
    for each in done["custodians"]:
        assert set(each) >= {"id", "name", "index", "condition", "locked_until"}
        assert each["condition"] == "after 1h"
        assert each["locked_until"][-6] in "+-" or each["locked_until"].endswith("Z")
    ticket = Path(done["ticket"])
    assert ticket.is_relative_to(fleet.home)
    assert ticket.stat().st_mode & 0o777 == 0o600


def test_all_may_be_needed(fleet: Fleet, letter: Path, tmp_path: Path) -> None:
    digest = sha256(letter)
    done = fleet.split(letter, "after 1s", "--threshold", "3")
    back = fleet.json("recover", done["drop"], "--wait", "--to", tmp_path / "again")
    assert back["sha256"] == digest
    assert sorted(back["used"]) == sorted(each.name for each in fleet.custodians)


def test_a_pad_is_needed_and_lies_where_it_was_put(fleet: Fleet, letter: Path, tmp_path: Path) -> None:
    digest, pad = sha256(letter), tmp_path / "stick" / "letter.pad"
    pad.parent.mkdir()
    done = fleet.split(letter, "after 1s", "--pad", pad)
    assert pad.stat().st_mode & 0o777 == 0o600

    hidden = pad.rename(pad.with_suffix(".hidden"))
    fleet.ddb("recover", done["drop"], "--wait", "--to", tmp_path / "without").refused(4, "pad")
    assert not (tmp_path / "without").exists()

    hidden.rename(pad)
    back = fleet.json("recover", done["drop"], "--wait", "--to", tmp_path / "again")
    assert back["sha256"] == digest


def test_a_required_custodian_is_needed(own_fleet: Fleet, letter: Path, tmp_path: Path) -> None:
    digest = sha256(letter)
    done = own_fleet.split(letter, "after 1s", "--require", "attic", "--threshold", "1")
    attic = own_fleet["attic"]
    attic.stop()
    own_fleet.ddb("recover", done["drop"], "--wait", "--to", tmp_path / "without").refused(4, "attic")
    attic.start()
    own_fleet["desk"].stop()
    back = own_fleet.json("recover", done["drop"], "--wait", "--to", tmp_path / "again")
    assert back["sha256"] == digest


def test_share_files_and_the_ticket_suffice(fleet: Fleet, letter: Path, tmp_path: Path) -> None:
    digest = sha256(letter)
    done = fleet.split(letter, "after 1h")
    shares = [each.share(done["drop"]) for each in fleet.custodians[:2]]
    back = fleet.json("join", *shares, "--ticket", done["ticket"], "--to", tmp_path / "again")
    assert (back["sha256"], sha256(tmp_path / "again")) == (digest, digest)
    assert len(back["used"]) == 2


def test_one_share_file_is_too_few(fleet: Fleet, letter: Path, tmp_path: Path) -> None:
    done = fleet.split(letter, "after 1h")
    share = fleet.custodians[0].share(done["drop"])
    fleet.ddb("join", share, "--ticket", done["ticket"], "--to", tmp_path / "again").refused(4)


def test_the_recovery_code_suffices_on_a_laptop_that_never_paired(
    fleet: Fleet, stranger: Laptop, letter: Path, tmp_path: Path
) -> None:
    digest = sha256(letter)
    done = fleet.split(letter)
    back = stranger.json("recover", "--code", done["recovery_code"], "--wait", "--to", tmp_path / "again")
    assert back["sha256"] == digest


def test_the_ticket_suffices_on_another_laptop(fleet: Fleet, stranger: Laptop, letter: Path, tmp_path: Path) -> None:
    digest = sha256(letter)
    done = fleet.split(letter)
    ticket = tmp_path / "carried.ticket"
    ticket.write_bytes(Path(done["ticket"]).read_bytes())
    back = stranger.json("recover", ticket, "--wait", "--to", tmp_path / "again")
    assert back["sha256"] == digest


def test_many_custodians_and_any_of_them(make_fleet: Callable[[int], Fleet], letter: Path, tmp_path: Path) -> None:
    five, digest = make_fleet(5), sha256(letter)
    done = five.split(letter, "after 1s", "--threshold", "3")
    for custodian in five.custodians[1:3]:
        custodian.stop()
    back = five.json("recover", done["drop"], "--wait", "--to", tmp_path / "again")
    assert back["sha256"] == digest


def test_a_dry_run_sends_and_touches_nothing(fleet: Fleet, letter: Path) -> None:
    before = fleet.drops()
    result = fleet.ddb("split", letter, "--custodians", "3", "--release", "after 1h", "--dry-run")
    assert result.status == 0
    assert "desk" in result.out + result.err
    assert letter.exists()
    assert [drop["drop"] for drop in fleet.drops()] == [drop["drop"] for drop in before]
    assert not any(list(each.state.glob("shares/*.part")) for each in fleet.custodians)


def test_the_original_can_be_kept(fleet: Fleet, letter: Path) -> None:
    done = fleet.split(letter, "after 1h", "--keep-original")
    assert letter.read_text() == "to be read later\n"
    assert done["wiped"] is False


def test_an_existing_target_is_overwritten_only_by_force(fleet: Fleet, letter: Path, tmp_path: Path) -> None:
    digest, target = sha256(letter), tmp_path / "precious"
    target.write_text("not to be lost")
    done = fleet.split(letter)
    fleet.ddb("recover", done["drop"], "--wait", "--to", target).refused(2, "precious", "--force")
    assert target.read_text() == "not to be lost"
    fleet.json("recover", done["drop"], "--wait", "--to", target, "--force")
    assert sha256(target) == digest


def test_a_destroyed_drop_is_gone_everywhere(fleet: Fleet, letter: Path, tmp_path: Path) -> None:
    done = fleet.split(letter, "after 1s")
    ticket = tmp_path / "copy.ticket"
    ticket.write_bytes(Path(done["ticket"]).read_bytes())
    assert fleet.ddb("destroy", done["drop"], "--yes").status == 0
    assert not any(each.share(done["drop"]).exists() for each in fleet.custodians)
    assert fleet.ddb("recover", ticket, "--to", tmp_path / "again").status in (1, 4)
    assert not (tmp_path / "again").exists()


def test_no_secret_of_a_drop_is_printed_but_the_recovery_code(fleet: Fleet, letter: Path) -> None:
    result = fleet.ddb("split", letter, "--custodians", "3", "--release", "after 1h", "--yes")
    assert result.status == 0, result
    ticket = fleet.ticket(fleet.drops()[0]["drop"])
    assert ticket.claim_seed not in result.out + result.err
    assert ticket.data_key not in result.out + result.err
