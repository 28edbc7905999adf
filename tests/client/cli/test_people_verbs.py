"""Slips, approve, extend, press, rehearse as a person types them."""

import stat
from pathlib import Path

import pytest

from ddb_client.cli import frame, handing
from ddb_contract.approval import seed_of
from fakes_client import FakeClock, FakeFleet
from shell import Shell

TWO = "after 60s and approvals 2 of notary, sister, editor"


@pytest.fixture
def ddb(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path, capsys)


def terminal(monkeypatch: pytest.MonkeyPatch, *answers: bool) -> list[str]:
    """A person who answers so. Returns the questions."""
    asked: list[str] = []
    given = iter(answers)

    def confirm(question: str, err: bool) -> bool:
        asked.append(question)
        return next(given)

    monkeypatch.setattr(frame, "interactive", lambda: True)
    monkeypatch.setattr(handing, "interactive", lambda: True)
    monkeypatch.setattr(frame.click, "confirm", confirm)
    return asked


def codes_in(text: str) -> list[str]:
    return [line.removeprefix("code: ") for line in text.splitlines() if line.startswith("code: ")]


def test_slips_go_into_a_private_file_before_the_lock_and_their_codes_open_it(ddb: Shell, tmp_path: Path) -> None:
    ended = ddb("split", str(ddb.original), "--release", TWO, "--yes", "--slips", "slips.txt")
    assert ended.status == 0
    slips = tmp_path / "slips.txt"
    assert stat.S_IMODE(slips.stat().st_mode) == 0o600
    codes = codes_in(slips.read_text())
    assert len({seed_of(code) for code in codes}) == 3
    assert "for sister" in slips.read_text()
    assert "hand them out" in ended.err
    assert not any(code in ended.out + ended.err for code in codes)
    ddb.world.network.pass_time(60)
    for code in codes[:2]:
        assert ddb("approve", code).status == 0
    assert ddb("recover", "diary.txt").status == 0


def test_json_carries_the_codes_by_name(ddb: Shell) -> None:
    made = ddb.under(TWO)
    assert sorted(made["approvals"]) == ["editor", "notary", "sister"]
    assert made["custodians"][0]["condition"] == "after 1m and approvals 2 of (notary, sister, editor)"
    assert made["custodians"][0]["locked_until"] is None


def test_without_anywhere_for_the_codes_nothing_is_sent(ddb: Shell) -> None:
    ended = ddb("split", str(ddb.original), "--release", TWO, "--yes")
    assert (ended.status, ended.out) == (2, "")
    assert "--slips FILE" in ended.err
    assert not any(custodian.shares for custodian in ddb.world.network)


@pytest.mark.parametrize(("path", "says"), [("diary.txt", "is there already"), ("nowhere/slips", "no folder")])
def test_a_file_in_the_way_is_refused_before_anything_is_sent(ddb: Shell, path: str, says: str) -> None:
    ended = ddb("split", str(ddb.original), "--release", TWO, "--yes", "--slips", path)
    assert (ended.status, ended.out) == (2, "")
    assert says in ended.err
    assert not any(custodian.shares for custodian in ddb.world.network)


def test_slips_for_nobody_are_refused(ddb: Shell) -> None:
    ended = ddb("split", str(ddb.original), "--release", "after 60s", "--yes", "--slips", "slips")
    assert ended.status == 2
    assert "nobody has to approve" in ended.err


def test_on_a_terminal_the_slips_are_shown_once_and_must_be_noted(ddb: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = terminal(monkeypatch, True)
    ended = ddb("split", str(ddb.original), "--release", TWO, "--yes")
    assert ended.status == 0
    assert asked == ["are all these codes noted? they are not shown again"]
    assert ended.err.count("APPROVAL SLIP for") == 3


def test_codes_that_were_not_noted_take_the_drop_back(ddb: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal(monkeypatch, False)
    ended = ddb("split", str(ddb.original), "--release", TWO, "--yes")
    assert ended.status == 1
    assert "worth nothing" in ended.err
    assert ddb.world.network.live() == []
    assert ddb.original.read_text() == "words"


def test_a_failure_before_the_commit_takes_the_file_away(ddb: Shell, tmp_path: Path) -> None:
    ddb.world.network["desk"].refuses["leave_ticket"] = 500
    assert ddb("split", str(ddb.original), "--release", TWO, "--yes", "--slips", "slips").status == 1
    assert not (tmp_path / "slips").exists()


def test_a_commit_that_goes_on_later_does_not_lose_the_codes(ddb: Shell) -> None:
    ddb.world.network["desk"].refuses["commit"] = 429
    ended = ddb("split", str(ddb.original), "--release", "approvals 1 of notary", "--yes", "--json")
    assert (ended.status, ended.out) == (1, "")
    (code,) = codes_in(ended.err)
    ddb.world.network["desk"].refuses.clear()
    ddb("status")
    assert ddb("approve", code).status == 0
    assert ddb("recover", "diary.txt").status == 0


def test_the_plan_says_what_people_mean(ddb: Shell) -> None:
    said = ddb(
        *("split", str(ddb.original), "--dry-run"),
        *("--release", "after 60s", "--release", "attic=after 60s and button", "--release", "desk=after 30s or " + TWO),
    ).out
    for sentence in (
        "attic: releases after 1m, and only when its button is pressed for that claim (not before",
        "never by time alone)",
        "the longer condition of attic changes nothing while desk and shed are there: they suffice",
        "button: somebody must stand at attic",
        "approvers: notary, sister and editor get a code on paper",
        "or: at desk the lock is as weak as the weakest branch",
    ):
        assert sentence in said
    said = ddb("split", str(ddb.original), "--dry-run", "--release", TWO).out
    for sentence in (
        "it never opens by time alone; it takes any 2 of attic, desk and shed",
        "with the help of people it can be had not before",
        "once people have done what the conditions ask",
    ):
        assert sentence in said


def test_status_names_who_approved_and_what_is_awaited(ddb: Shell) -> None:
    made = ddb.under(TWO)
    ddb("approve", made["approvals"]["sister"])
    said = ddb("status").out
    assert "approved by sister; awaits the approval of 1 of notary and editor" in said
    assert "never by time alone" in said
    first = ddb("status", "--json").document["drops"][0]["custodians"][0]
    assert (first["approved"], first["awaits"]) == (["sister"], ["the approval of 1 of notary and editor"])


def test_approve_tells_where_it_was_recorded(ddb: Shell) -> None:
    code = ddb.under(TWO)["approvals"]["sister"]
    ddb.world.network["shed"].silent = True
    ended = ddb("approve", code)
    assert ended.out == "approved: recorded at attic and desk\n"
    assert "shed doesn't answer" in ended.err
    ddb.world.network["shed"].silent = False
    assert ddb("approve", code, "--json").document == {
        "recorded": ["shed"],
        "already": ["attic", "desk"],
        "unknown": [],
        "failed": {},
    }


def test_approve_refuses_what_is_no_code(ddb: Shell) -> None:
    assert ddb("approve", "ABCDE").status == 2
    assert "a character misread" in ddb("approve", "ABCDE").err
    assert "approval code" in ddb("approve").err


def test_recover_says_which_button(ddb: Shell) -> None:
    ddb.under("button")
    ended = ddb("recover", "diary.txt")
    assert ended.status == 3
    assert "press the button of attic, desk and shed while it waits" in ended.err


def test_waiting_says_it_once_and_goes_on_when_it_is_pressed(ddb: Shell) -> None:
    class Pressing(FakeClock):
        def wait(clock, seconds: float) -> None:  # noqa: N805
            super().wait(seconds)
            ddb.world.network.pass_time(seconds)
            for custodian in ddb.world.network if len(clock.waits) > 20 else ():
                custodian.press()

    ddb.under("button")
    ddb.world.clock = Pressing()
    ended = ddb("recover", "diary.txt", "--wait")
    assert ended.status == 0
    assert ended.err.count("press the button on attic, desk and shed now") == 1


def test_extend_shows_what_changes_and_asks(ddb: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    ddb.lock()
    ended = ddb("extend", "diary.txt", "--release", "after 2m")
    assert ended.status == 2
    assert "attic: releases after 1m, and after 2m (not before" in ended.err
    assert "an extension is for good" in ended.err
    assert terminal(monkeypatch, False) == []
    assert ddb("extend", "diary.txt", "--release", "after 2m").status == 1
    assert {str(custodian.live[0].condition.seconds) for custodian in ddb.world.network} == {"60"}  # type: ignore[union-attr]


def test_extend_tells_how_many_confirmed(ddb: Shell) -> None:
    ddb.lock()
    ddb.world.network["shed"].silent = True
    ended = ddb("extend", "diary.txt", "--release", "after 2m", "--yes")
    assert (ended.status, ended.out) == (0, "diary.txt: the extension is in force; 2 of 3 custodians confirmed\n")
    assert "shed did not confirm" in ended.err
    assert "the same again for those: ddb extend" in ended.err
    ddb.world.network["desk"].silent = True
    ended = ddb("extend", "diary.txt", "--release", "after 3m", "--yes")
    assert ended.status == 4
    assert "not in force yet; 1 of 3 custodians confirmed, at least 2 must" in ended.out


def test_extend_in_json(ddb: Shell) -> None:
    made = ddb.lock()
    document = ddb("extend", "diary.txt", "--release", "after 2m", "--yes", "--json").document
    assert (document["drop"], document["in_force"], document["failed"]) == (made["drop"], True, {})
    assert document["confirmed"] == ["attic", "desk", "shed"]
    assert document["custodians"][0] == {"name": "attic", "condition": "after 1m and after 2m"}
    until = ddb.world.clock.now().replace(minute=2).astimezone()
    assert document["opens_at"] == until.isoformat(timespec="seconds")
    assert document["repeat"] == f"at {until.isoformat()}"


@pytest.mark.parametrize(
    ("release", "says"), [("later", "can't read"), ("approvals 1 of me", "me got no code"), ("after 10y", "can't read")]
)
def test_extend_refuses_what_makes_no_sense(ddb: Shell, release: str, says: str) -> None:
    ddb.lock()
    ended = ddb("extend", "diary.txt", "--release", release, "--yes")
    assert (ended.status, ended.out) == (2, "")
    assert says in ended.err


def test_press_presses_the_one_that_is_named(ddb: Shell) -> None:
    ddb.world.fleet = FakeFleet("attic", "desk")  # type: ignore[attr-defined]
    assert ddb("fleet", "press", "attic").out == "pressed the button of attic\n"
    assert ddb("fleet", "press", "attic", "--json").document == {"pressed": "attic"}
    assert ddb.world.fleet.presses == ["attic", "attic"]  # type: ignore[attr-defined]
    assert ddb("fleet", "press", "loft").status == 2


def test_rehearse_says_every_step(ddb: Shell) -> None:
    class Ticking(FakeClock):
        def wait(clock, seconds: float) -> None:  # noqa: N805
            super().wait(seconds)
            ddb.world.network.pass_time(seconds)

    ddb.world.clock = Ticking()
    ended = ddb("rehearse", "--custodians", "2")
    assert ended.status == 0
    assert [line.split()[0] for line in ended.out.splitlines()[:5]] == ["ok"] * 5
    assert ended.out.splitlines()[5] == "the rehearsal went well"
    document = ddb("rehearse", "--json").document
    assert document["ok"] is True
    assert len(document["steps"]) == 5
    ddb.world.network["shed"].refuses["store"] = 500
    ended = ddb("rehearse", "--json")
    assert ended.status == 1
    assert ended.document["ok"] is False


def test_help_shows_examples(ddb: Shell) -> None:
    for verb in ("split", "approve", "extend", "rehearse", "recover"):
        assert f"ddb {verb}" in ddb(verb, "--help").out.split("Options")[0].split("\n", 1)[1]
