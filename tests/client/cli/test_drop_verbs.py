"""split, status, recover, join, destroy as a person types them: what is printed where, and the exit status."""

from pathlib import Path

import pytest

from ddb_contract.conditions import MAX_SECONDS
from shell import Shell


@pytest.fixture
def ddb(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path, capsys)


def test_split_prints_one_document_with_the_agreed_fields(ddb: Shell) -> None:
    made = ddb.lock()
    assert set(made) == {"drop", "ticket", "threshold", "custodians", "recovery_code", "wiped", "wipe_report"}
    assert (made["threshold"], made["wiped"]) == (2, True)
    first = made["custodians"][0]  # type: ignore[index]
    assert set(first) == {"id", "name", "index", "condition", "locked_until"}
    assert first["locked_until"] == ddb.world.clock.now().replace(minute=1).astimezone().isoformat(timespec="seconds")
    assert Path(str(made["ticket"])).is_file()


def test_a_dry_run_shows_the_plan_and_sends_nothing(ddb: Shell) -> None:
    ended = ddb("split", str(ddb.original), "--release", "after 60s", "--dry-run")
    assert ended.status == 0
    assert "if any 2 of attic, desk and shed can be reached" in ended.out
    assert not any(each.shares for each in ddb.world.network)
    assert ddb.original.read_text() == "words"
    assert ddb("split", str(ddb.original), "--release", "after 60s", "--dry-run", "--json").document["drop"] is None


def test_without_a_terminal_and_without_yes_nothing_is_done(ddb: Shell) -> None:
    ended = ddb("split", str(ddb.original), "--release", "after 60s")
    assert (ended.status, ended.out) == (2, "")
    assert "--yes" in ended.err
    assert not any(each.shares for each in ddb.world.network)


BAD = [
    ([], "nothing says when"),
    (["--release", "later"], "can't read this condition"),
    (["--release", "after 11y"], "^"),
    (["--release", f"after {MAX_SECONDS + 1}s"], "ten years"),
    (["--release", "(" * 5000 + "after 1h" + ")" * 5000], "1000 characters"),
    (["--release", "at 2001-01-01T00:00Z"], "passed"),
    (["--release", "after 1h", "--release", "nobody=after 1h"], "nobody"),
    (["--release", "attic=after 1h"], "no release condition"),
    (["--release", "attic=after 1h", "--release", "attic=after 2h"], "two release conditions"),
    (["--release", "after 1h", "--custodians", "4"], "only 3 are paired"),
    (["--release", "after 1h", "--custodians", "17"], "from 1 to 16"),
    (["--release", "after 1h", "--threshold", "4"], "4 of 3"),
    (["--release", "after 1h", "--threshold", "1"], "threshold of 1"),
    (["--release", "after 1h", "--require", "nobody"], "nobody"),
    (["--release", "after 1h", "--frobnicate"], "no such option"),
    (["--release", "after 1h", "--threshold", "two"], "not a valid integer"),
]


@pytest.mark.parametrize(("options", "says"), BAD, ids=[says for _, says in BAD])
def test_what_makes_no_sense_is_refused_in_a_sentence_and_nothing_is_touched(
    ddb: Shell, options: list[str], says: str
) -> None:
    ended = ddb("split", str(ddb.original), "--yes", *options)
    assert (ended.status, ended.out) == (2, "")
    assert says in ended.err
    assert "Traceback" not in ended.err
    assert ddb.original.read_text() == "words"
    assert not any(each.shares for each in ddb.world.network)


@pytest.mark.parametrize("path", ["gone", "/dev/null", "home", "/"])
def test_what_cannot_be_put_away_is_refused(ddb: Shell, path: str) -> None:
    ended = ddb("split", path, "--release", "after 1h", "--yes")
    assert (ended.status, ended.out) == (2, "")


def test_too_few_that_answer_is_status_4(ddb: Shell) -> None:
    ddb.world.network["desk"].silent = True
    ended = ddb("split", str(ddb.original), "--release", "after 1h", "--custodians", "3", "--yes")
    assert ended.status == 4
    assert "only 2 of the 3" in ended.err
    assert "desk" in ended.err


def test_a_full_custodian_stops_the_split_with_status_1(ddb: Shell) -> None:
    ddb.world.network["desk"].refuses["reserve"] = 507
    ended = ddb("split", str(ddb.original), "--release", "after 1h", "--yes")
    assert (ended.status, ended.out) == (1, "")
    assert ddb.original.read_text() == "words"


def test_the_code_is_not_put_into_a_pipe_unasked(ddb: Shell) -> None:
    ended = ddb("split", str(ddb.original), "--release", "after 1h", "--yes")
    assert ended.status == 0
    assert "recovery code:" not in ended.out
    assert "attic signed for it: after 1h" in ended.out
    assert "securely" not in ended.out


def test_the_pad_lies_where_it_was_asked_to(ddb: Shell, tmp_path: Path) -> None:
    (tmp_path / "stick").mkdir()
    made = ddb.lock("--pad", str(tmp_path / "stick"))
    assert (tmp_path / "stick" / f"{made['drop']}.share").is_file()


def test_the_pad_lies_beside_the_tickets_otherwise(ddb: Shell) -> None:
    ended = ddb("split", "--release", "after 60s", "--yes", "--json", str(ddb.original), "--pad")
    assert (ddb.world.home / "pads" / f"{ended.document['drop']}.share").is_file()


def test_status_prints_exactly_the_agreed_fields(ddb: Shell) -> None:
    made = ddb.lock()
    now = ddb.world.clock.now().astimezone()
    (drop,) = ddb("status", "--json").document["drops"]  # type: ignore[misc]
    assert {key: drop[key] for key in ("drop", "state", "opens_at")} == {
        "drop": made["drop"],
        "state": "locked",
        "opens_at": now.replace(minute=1).isoformat(timespec="seconds"),
    }
    assert set(drop) == {"drop", "state", "opens_at", "custodians"}
    assert drop["custodians"][0] == {
        "name": "attic",
        "state": "locked",
        "holds": False,
        "reasons": ["1m of 1m left"],
        "next_change": now.replace(minute=1).isoformat(timespec="seconds"),
        "approved": [],
        "awaits": [],
    }


def test_status_says_it_in_words(ddb: Shell) -> None:
    assert "no drops" in ddb("status").out
    ddb.lock()
    said = ddb("status", "diary.txt").out
    assert "diary.txt" in said
    assert "locked, opens on" in said
    assert "if any 2 of attic, desk and shed are lost, the drop is lost for good" in said


def test_too_early_is_status_3_with_the_reasons(ddb: Shell) -> None:
    ddb.lock()
    ended = ddb("recover", "diary.txt", "--json")
    assert (ended.status, ended.out) == (3, "")
    assert "attic: 1m of 1m left" in ended.err


def test_recovered_is_printed_with_its_hash(ddb: Shell, tmp_path: Path) -> None:
    import hashlib

    ddb.lock()
    ddb.world.network.pass_time(60)
    found = ddb("recover", "diary.txt", "--json").document
    assert found["path"] == str(tmp_path / "diary.txt")
    assert found["sha256"] == hashlib.sha256(b"words").hexdigest()
    assert found["damaged"] == []
    assert len(found["used"]) == 2  # type: ignore[arg-type]


def test_a_ticket_file_and_a_code_do_as_well(ddb: Shell, tmp_path: Path) -> None:
    made = ddb.lock()
    ddb.world.network.pass_time(60)
    assert ddb("recover", str(made["ticket"]), "--to", "one").status == 0
    assert ddb("recover", "--code", str(made["recovery_code"]), "--to", "two").status == 0
    assert (tmp_path / "one").read_text() == (tmp_path / "two").read_text() == "words"
    assert ddb("recover").status == 2
    assert ddb("recover", "x", "--code", "y").status == 2


def test_a_damaged_share_is_status_5_though_the_drop_is_back(ddb: Shell) -> None:
    ddb.lock()
    ddb.world.network.pass_time(60)
    ddb.world.network["attic"].live[0].pieces[0] = bytes(65_536)
    ended = ddb("recover", "diary.txt", "--json")
    assert ended.status == 5
    assert ended.document["damaged"] == ["attic"]
    assert ddb.original.read_text() == "words"


def test_too_few_is_status_4_and_an_existing_target_status_2(ddb: Shell) -> None:
    ddb.lock()
    ddb.world.network.pass_time(60)
    ddb.original.write_text("mine")
    assert ddb("recover", "diary.txt").status == 2
    assert ddb.original.read_text() == "mine"
    ddb.world.network["attic"].silent = ddb.world.network["desk"].silent = True
    assert ddb("recover", "diary.txt", "--force").status == 4


def test_a_corrupt_ticket_is_said(ddb: Shell, tmp_path: Path) -> None:
    (tmp_path / "ticket").write_text("{}")
    ended = ddb("recover", str(tmp_path / "ticket"))
    assert ended.status == 1
    assert "no ticket" in ended.err
    assert ddb("join", "x", "--ticket", str(tmp_path / "ticket")).status == 1


def test_join_from_files(ddb: Shell, tmp_path: Path) -> None:
    made = ddb.lock()
    paths = []
    for name in ("attic", "shed"):
        share = ddb.world.network[name].live[0]
        (tmp_path / name).write_bytes(share.header.pack() + share.pieces[0])
        paths.append(str(tmp_path / name))
    assert ddb("join", paths[0], "--ticket", str(made["ticket"])).status == 4
    ended = ddb("join", *paths, "--ticket", str(made["ticket"]), "--json")
    assert ended.document["used"] == ["attic", "shed"]
    assert ddb.original.read_text() == "words"


def test_destroy_asks_and_then_tells_who_confirmed(ddb: Shell) -> None:
    ddb.lock()
    assert ddb("destroy", "diary.txt").status == 2
    assert len(ddb.world.network.live()) == 3
    ddb.world.network["shed"].silent = True
    ended = ddb("destroy", "diary.txt", "--yes")
    assert ended.status == 1
    assert "shed: did not confirm" in ended.out
    ddb.world.network["shed"].silent = False
    assert ddb("status").out == "no drops on this laptop\n"
    assert ddb.world.network.live() == []


def test_destroy_says_where_ones_own_piece_stays(ddb: Shell, tmp_path: Path) -> None:
    ddb.lock("--pad", str(tmp_path / "pad"))
    ended = ddb("destroy", "diary.txt", "--yes", "--json")
    assert (ended.status, list(ended.document)) == (0, ["drop", "destroyed"])
    assert f"stays, of no use any more, at {tmp_path / 'pad'}" in ended.err


def test_destroy_never_first_locks_what_it_is_to_destroy(ddb: Shell) -> None:
    ddb.world.network["desk"].refuses["commit"] = 429
    assert ddb("split", str(ddb.original), "--release", "after 60s", "--yes").status == 1
    ddb.world.network["desk"].refuses.clear()
    assert ddb("destroy", "diary.txt", "--yes").status == 0
    assert ddb.original.read_text() == "words"
    assert ddb.world.network.live() == []
