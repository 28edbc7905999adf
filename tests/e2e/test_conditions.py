"""One scenario for each form: locked, refused with the right reasons, condition made true, released, recovered."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from e2e.harness import Fleet, Laptop, Result, sha256, until


def refused(fleet: Fleet, drop: str, *reasons: str) -> Result:
    return fleet.ddb("recover", drop, "--to", fleet.home / "early").refused(3, "still locked", *reasons)


def comes_back(fleet: Fleet, drop: str, digest: str, target: Path) -> None:
    assert fleet.json("recover", drop, "--to", target)["sha256"] == digest


def light(fleet: Fleet, name: str) -> str:
    return str(json.loads(fleet[name].ask("GET", "/v1/custodian").body)["light"])


def events(fleet: Fleet, name: str) -> list[str]:
    return [entry["event"] for entry in fleet.json("log", name)]


def after_it(fleet: Fleet, drop: str, left: str) -> None:
    """Waits until that is no custodian's reason any more."""

    def over() -> bool:
        custodians = fleet.json("status", drop)["drops"][0]["custodians"]
        return not any(left in reason for each in custodians for reason in each["reasons"])

    until(over, f"no custodian says {left}")


def test_after(fleet: Fleet, letter: Path, tmp_path: Path) -> None:
    digest, begun = sha256(letter), time.monotonic()
    drop = fleet.split(letter, "after 6s")["drop"]
    refused(fleet, drop, "of 6s left")
    fleet.json("recover", drop, "--wait", "--to", tmp_path / "again")
    assert time.monotonic() - begun >= 6
    assert sha256(tmp_path / "again") == digest


def test_at(fleet: Fleet, letter: Path, tmp_path: Path) -> None:
    digest, moment = sha256(letter), datetime.now(UTC) + timedelta(seconds=8)
    drop = fleet.split(letter, f"at {moment.isoformat()}")["drop"]
    refused(fleet, drop, "left")
    fleet.json("recover", drop, "--wait", "--to", tmp_path / "again")
    assert datetime.now(UTC) >= moment
    assert sha256(tmp_path / "again") == digest


def test_approvals(fleet: Fleet, stranger: Laptop, letter: Path, tmp_path: Path) -> None:
    digest = sha256(letter)
    made = fleet.split(letter, "after 1s and approvals 2 of notary, sister, editor")
    drop, codes = made["drop"], made["approvals"]
    after_it(fleet, drop, "of 1s left")
    refused(fleet, drop, "0 of the 2 needed approvals given")
    assert sorted(stranger.json("approve", codes["sister"])["recorded"]) == ["attic", "desk", "shed"]
    assert sorted(fleet.json("approve", codes["sister"].lower())["already"]) == ["attic", "desk", "shed"]
    refused(fleet, drop, "1 of the 2 needed approvals given")
    assert "approved by sister; awaits the approval of 1 of notary and editor" in fleet.ddb("status", drop).out
    host = f"127.0.0.1:{fleet['attic'].port}"
    stranger.json("approve", codes["notary"], "--host", host)
    comes_back(fleet, drop, digest, tmp_path / "again")
    for custodian in fleet.custodians:
        kept = b"".join(path.read_bytes() for path in custodian.state.rglob("*") if path.is_file())
        assert not any(name in kept for name in (b"notary", b"editor"))
        assert not any(code.encode() in kept for code in codes.values())


def test_approvers_differ_from_custodian_to_custodian(fleet: Fleet, letter: Path, tmp_path: Path) -> None:
    digest = sha256(letter)
    own = ("--release", "attic=approvals 1 of sister", "--release", "shed=approvals 2 of sister, notary")
    made = fleet.split(letter, "after 1h", *own)
    refused(fleet, made["drop"], "attic: 0 of the 1 needed", "shed: 0 of the 2 needed", "desk: ")
    for name in ("sister", "notary"):
        fleet.json("approve", made["approvals"][name])
    back = fleet.json("recover", made["drop"], "--to", tmp_path / "again")
    assert (back["sha256"], sorted(back["used"])) == (digest, ["attic", "shed"])


def test_a_code_approves_its_own_drop_only(fleet: Fleet, letter: Path) -> None:
    code = fleet.split(letter, "approvals 1 of notary")["approvals"]["notary"]
    letter.write_text("another")
    other = fleet.split(letter, "approvals 1 of notary")["drop"]
    fleet.json("approve", code)
    refused(fleet, other, "0 of the 1 needed approvals given")


def test_approvals_outlive_a_restart(own_fleet: Fleet, letter: Path, tmp_path: Path) -> None:
    digest = sha256(letter)
    made = own_fleet.split(letter, "approvals 1 of notary")
    own_fleet.json("approve", made["approvals"]["notary"])
    for custodian in own_fleet.custodians:
        custodian.kill()
    own_fleet.start_all()
    comes_back(own_fleet, made["drop"], digest, tmp_path / "again")


def test_button(fleet: Fleet, letter: Path, tmp_path: Path) -> None:
    digest = sha256(letter)
    drop = fleet.split(letter, "after 1s and button")["drop"]
    after_it(fleet, drop, "of 1s left")
    press(fleet, "attic", "desk")
    refused(fleet, drop, "the button must be pressed for this claim", "--wait, and press the button")
    waiting = fleet.begin("recover", drop, "--wait", "--json", "--to", tmp_path / "again")
    for name in ("attic", "desk"):
        until(lambda name=name: light(fleet, name) == "button", f"the light of {name} asks for its button")
    press(fleet, "attic", "desk")
    out, err = waiting.communicate(timeout=60)
    assert waiting.returncode == 0, err
    assert json.loads(out)["sha256"] == digest
    assert sorted(json.loads(out)["used"]) == ["attic", "desk"]
    assert "press the button on attic, desk and shed now" in err
    refused(fleet, drop, "the button must be pressed for this claim")


def press(fleet: Fleet, *names: str) -> None:
    for name in names:
        assert fleet.json("fleet", "press", name) == {"pressed": name}


def test_home(fleet: Fleet, letter: Path, tmp_path: Path) -> None:
    alone = fleet.ddb("split", letter, "--release", "home", "--yes")
    alone.refused(2, "`home` alone is no lock")
    digest = sha256(letter)
    drop = fleet.split(letter, "after 6s and home")["drop"]
    refused(fleet, drop, "of 6s left")
    after_it(fleet, drop, "of 6s left")
    comes_back(fleet, drop, digest, tmp_path / "again")


def test_and_or_and_some_of(fleet: Fleet, letter: Path, tmp_path: Path) -> None:
    digest = sha256(letter)
    release = "(2 of (after 1h, approvals 1 of (notary), approvals 1 of (sister)) or after 2h) and after 1s"
    made = fleet.split(letter, release)
    drop = made["drop"]
    after_it(fleet, drop, "of 1s left")
    refused(fleet, drop, "0 of the 2 needed parts hold", "0 of the 1 needed approvals given", "of 2h left")
    fleet.json("approve", made["approvals"]["notary"])
    refused(fleet, drop, "1 of the 2 needed parts hold")
    fleet.json("approve", made["approvals"]["sister"])
    comes_back(fleet, drop, digest, tmp_path / "again")


def test_extend(fleet: Fleet, letter: Path, tmp_path: Path) -> None:
    digest = sha256(letter)
    drop = fleet.split(letter, "after 1s")["drop"]
    extended = fleet.json("extend", drop, "--release", "after 8s", "--yes")
    assert (extended["in_force"], extended["failed"]) == (True, {})
    again = fleet.json("extend", drop, "--release", extended["repeat"], "--yes")
    assert again["custodians"] == extended["custodians"]
    refused(fleet, drop, "left")
    fleet.json("recover", drop, "--wait", "--to", tmp_path / "again")
    assert sha256(tmp_path / "again") == digest
    assert "extended" in " ".join(events(fleet, "attic"))


def test_extend_in_two_goes_and_over_a_restart(own_fleet: Fleet, letter: Path, tmp_path: Path) -> None:
    drop = own_fleet.split(letter, "after 1s")["drop"]
    own_fleet["desk"].stop()
    own_fleet["shed"].stop()
    first = own_fleet.ddb("extend", drop, "--release", "after 1h", "--yes", "--json")
    assert first.status == 4
    assert json.loads(first.out)["confirmed"] == ["attic"]
    for name in ("desk", "shed"):
        own_fleet[name].start()
    again = own_fleet.json("extend", drop, "--release", json.loads(first.out)["repeat"], "--yes")
    assert again["in_force"]
    own_fleet.down()
    own_fleet.start_all()
    refused(own_fleet, drop, "of 1h")


def test_rehearse(fleet: Fleet) -> None:
    before = [drop["drop"] for drop in fleet.drops()]
    played = fleet.json("rehearse")
    assert played["ok"]
    assert [step["name"] for step in played["steps"]] == [
        "pairing",
        "upload and lock",
        "refusal",
        "release and recovery",
        "destruction",
    ]
    assert [drop["drop"] for drop in fleet.drops()] == before


def test_a_rehearsal_that_fails_says_where(own_fleet: Fleet) -> None:
    own_fleet["shed"].stop()
    result = own_fleet.ddb("rehearse", "--custodians", "3")
    assert result.status == 1
    assert "FAILED  pairing" in result.out


@pytest.mark.parametrize("name", ["attic", "nobody"])
def test_press_without_a_claim_does_nothing(fleet: Fleet, name: str) -> None:
    result = fleet.ddb("fleet", "press", name)
    assert result.status == (0 if name == "attic" else 2)
    assert light(fleet, "attic") != "button"
