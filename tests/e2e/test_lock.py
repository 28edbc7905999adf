"""Before the condition holds, no way in opens; what is said about it is true."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ddb_contract.rights import Verb, authorization
from ddb_contract.text import unb64
from e2e.harness import Fleet, sha256


def test_too_early_is_refused_with_reasons(fleet: Fleet, letter: Path, tmp_path: Path) -> None:
    done = fleet.split(letter, "after 1h")
    result = fleet.ddb("recover", done["drop"], "--to", tmp_path / "again")
    result.refused(3, "locked", "of 1h left")
    assert result.out == ""
    assert not (tmp_path / "again").exists()


@pytest.mark.parametrize("what", ["content", "leaves"])
@pytest.mark.parametrize("part", [{}, {"Range": "bytes=0-959"}, {"Range": "bytes=0-0"}])
def test_claims_past_ddb_are_refused_alike(fleet: Fleet, letter: Path, what: str, part: dict[str, str]) -> None:
    drop = fleet.split(letter, "after 1h")["drop"]
    for custodian in fleet.custodians:
        path, secret = f"/v1/drops/{drop}/{what}", fleet.claim(drop, custodian.id)
        answer = custodian.ask("GET", path, secret, **part)
        problem = json.loads(answer.body)
        assert (answer.status, problem["code"]) == (423, "locked")
        assert 3500 < problem["next_change"] <= 3600
        assert 1 <= int(answer.headers["retry-after"]) <= 3600
        assert problem["reasons"]


def test_saying_that_it_was_collected_opens_nothing(fleet: Fleet, letter: Path) -> None:
    drop, attic = fleet.split(letter, "after 1h")["drop"], fleet["attic"]
    secret = fleet.claim(drop, attic.id)
    attic.ask("POST", f"/v1/drops/{drop}/collected", secret)
    assert attic.ask("GET", f"/v1/drops/{drop}/content", secret).status == 423


def test_only_the_right_secret_gets_as_far_as_the_refusal(fleet: Fleet, letter: Path, tmp_path: Path) -> None:
    drop = fleet.split(letter, "after 1h")["drop"]
    other = tmp_path / "other.txt"
    other.write_text("another")
    another = fleet.split(other, "after 1h")["drop"]
    attic, desk = fleet["attic"], fleet["desk"]
    right = fleet.claim(drop, attic.id)
    wrong = {
        "none": None,
        "another custodian's": fleet.claim(drop, desk.id),
        "another drop's": fleet.claim(another, attic.id),
        "a verb it is not": authorization(Verb.DESTROY, fleet.ticket(drop).claim(attic.id)),
        "the seed itself": authorization(Verb.CLAIM, unb64(fleet.ticket(drop).claim_seed)),
        "nothing like one": "Basic bm86bm8=",
    }
    path = f"/v1/drops/{drop}/content"
    assert attic.ask("GET", path, right).status == 423
    answers = {name: attic.ask("GET", path, secret) for name, secret in wrong.items()}
    nobody = attic.ask("GET", f"/v1/drops/{'a' * 26}/content", right)
    assert {answer.status for answer in answers.values()} == {404}
    assert {answer.body for answer in answers.values()} == {nobody.body}


def test_status_tells_what_each_custodian_answers_and_when_it_opens(fleet: Fleet, letter: Path) -> None:
    begun = datetime.now(UTC)
    done = fleet.split(letter, "after 1h")
    status = fleet.json("status", done["drop"])["drops"][0]
    assert (status["drop"], status["state"]) == (done["drop"], "locked")
    opens = datetime.fromisoformat(status["opens_at"])
    assert begun + timedelta(minutes=59) < opens < begun + timedelta(minutes=62)
    assert sorted(each["name"] for each in status["custodians"]) == sorted(each.name for each in fleet.custodians)
    for each in status["custodians"]:
        assert (each["state"], each["holds"]) == ("locked", False)
        assert "of 1h left" in " ".join(each["reasons"])
        assert datetime.fromisoformat(each["next_change"]) > begun


def test_status_in_words_says_what_it_survives(fleet: Fleet, letter: Path) -> None:
    done = fleet.split(letter, "after 1h", "--release", "shed=after 2h")
    result = fleet.ddb("status", done["drop"])
    assert result.status == 0, result
    assert "if any 2 of" in result.out
    assert "shed changes nothing" in result.out


def test_the_k_earliest_decide(fleet: Fleet, letter: Path, tmp_path: Path) -> None:
    digest = sha256(letter)
    done = fleet.split(letter, "after 1h", "--release", "attic=after 1s", "--release", "desk=after 1s")
    back = fleet.json("recover", done["drop"], "--wait", "--to", tmp_path / "again")
    assert (back["sha256"], sorted(back["used"])) == (digest, ["attic", "desk"])


def test_one_early_custodian_opens_nothing(fleet: Fleet, letter: Path, tmp_path: Path) -> None:
    done = fleet.split(letter, "after 1h", "--release", "attic=after 1s")
    fleet.ddb("recover", done["drop"], "--to", tmp_path / "again").refused(3)


def test_waiting_ends_when_the_lock_does_and_not_before(fleet: Fleet, letter: Path, tmp_path: Path) -> None:
    begun = time.monotonic()
    done = fleet.split(letter, "after 4s")
    fleet.json("recover", done["drop"], "--wait", "--to", tmp_path / "again")
    assert time.monotonic() - begun >= 4


def test_a_date_becomes_a_duration(fleet: Fleet, letter: Path) -> None:
    at = (datetime.now(UTC) + timedelta(hours=2)).isoformat(timespec="seconds")
    done = fleet.split(letter, f"at {at}")
    assert {each["condition"][:8] for each in done["custodians"]} <= {"after 1h", "after 2h"}
