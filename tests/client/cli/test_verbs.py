"""The verbs around custodians, against a practice fleet of real processes."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Ddb = Callable[..., "subprocess.CompletedProcess[str]"]
_DDB = [sys.executable, "-m", "ddb_client"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A state folder with a running fleet of three."""
    home = tmp_path_factory.mktemp("home")
    environment = os.environ | {"DDB_HOME": str(home)}
    subprocess.run([*_DDB, "fleet", "up", "--custodians", "3"], check=True, capture_output=True, env=environment)
    yield home
    subprocess.run([*_DDB, "fleet", "remove", "--yes"], check=True, capture_output=True, env=environment)
    assert not (home / "practice").exists()


@pytest.fixture
def ddb(home: Path) -> Ddb:
    def run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*_DDB, *arguments],
            check=False,
            capture_output=True,
            text=True,
            env=os.environ | {"DDB_HOME": str(home)} | environment,
            stdin=subprocess.DEVNULL,
        )

    return run


def document(ended: "subprocess.CompletedProcess[str]") -> object:
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def ids(home: Path) -> dict[str, str]:
    ready = [json.loads(path.read_text()) for path in (home / "practice").glob("*/ready.json")]
    return {one["name"]: one["id"] for one in ready}


def code_of(home: Path, name: str) -> str:
    return (home / "practice" / name / "pairing-code").read_text().strip()


def other_than(code: str) -> str:
    return "1111" if code != "1111" else "2222"


def test_up_again_changes_nothing_and_says_what_practice_is(ddb: Ddb, home: Path) -> None:
    before = ids(home)
    again = ddb("fleet", "up", "--custodians", "3")
    assert again.returncode == 0
    assert "locks nothing" in again.stderr
    assert ids(home) == before
    assert sorted(before) == ["attic", "desk", "shed"]


def test_discover_lists_the_fleet_in_the_fields_that_others_read(ddb: Ddb, home: Path) -> None:
    found = {one["id"]: one for one in document(ddb("discover", "--json"))}
    for name, custodian in ids(home).items():
        assert set(found[custodian]) == {"id", "name", "host", "port", "paired"}
        assert found[custodian]["name"] == name
        assert found[custodian]["host"] == "127.0.0.1"


def test_three_wrong_codes_change_the_code_and_the_right_one_pairs(ddb: Ddb, home: Path) -> None:
    first = code_of(home, "desk")
    for left in (9, 8, 7):
        wrong = ddb("pair", ids(home)["desk"], "--code", other_than(first))
        assert (wrong.returncode, wrong.stdout) == (1, "")
        assert "not the pairing code of desk" in wrong.stderr
        assert f"{left} guesses remain" in wrong.stderr
    assert "shows a new code" in wrong.stderr
    right = document(ddb("pair", ids(home)["desk"][:10], "--code", code_of(home, "desk"), "--json"))
    assert right["id"] == ids(home)["desk"]
    assert right["practice"] is True
    closed = ddb("pair", ids(home)["desk"], "--code", "1111")
    assert closed.returncode == 1
    assert "pairs with nobody now" in closed.stderr


def test_pair_all_is_done_once_and_laptops_log_and_status_show_it(ddb: Ddb, home: Path) -> None:
    assert len(document(ddb("pair", "--all", "--json"))) == 3
    fleet_file = (home / "fleet.json").read_bytes()
    assert len(document(ddb("pair", "--all", "--json"))) == 3
    assert (home / "fleet.json").read_bytes() == fleet_file
    (laptop,) = document(ddb("laptops", "attic", "--json"))
    assert laptop["you"] is True
    assert [entry["event"] for entry in document(ddb("log", "attic", "--json"))] == ["paired"]
    assert "the chain is whole" in ddb("log", "attic").stdout
    shown = ddb("fleet", "status")
    assert shown.stdout.count("ready, holding nothing (green on)") == 3
    assert "\x1b" not in shown.stdout


def test_pairing_by_address_needs_no_mdns_and_checks_who_answers(ddb: Ddb, home: Path) -> None:
    ready = json.loads((home / "practice" / "shed" / "ready.json").read_text())
    host = f"127.0.0.1:{ready['port']}"
    other = ddb("pair", "attic", "--host", host, "--code", "1111")
    assert other.returncode == 2
    assert "shed" in other.stderr
    nobody = ddb("pair", "--host", "127.0.0.1:1", "--code", "1111")
    assert nobody.returncode == 1
    assert "doesn't answer at 127.0.0.1 port 1" in nobody.stderr


def test_another_laptop_is_revoked_and_unpairing_forgets(ddb: Ddb, home: Path, tmp_path: Path) -> None:
    ddb("pair", "--all")
    subprocess.run(
        [sys.executable, "-c", _OPEN_WINDOW, str(home / "practice"), "shed"], check=True, capture_output=True
    )
    second = ddb("pair", ids(home)["shed"], "--code", code_of(home, "shed"), DDB_HOME=str(tmp_path))
    assert second.returncode == 0, second.stderr
    (stranger,) = [one for one in document(ddb("laptops", "shed", "--json")) if not one["you"]]
    assert len(document(ddb("laptops", "shed", "--revoke", stranger["laptop"], "--yes", "--json"))) == 1
    refused = ddb("laptops", "shed", DDB_HOME=str(tmp_path))
    assert refused.returncode == 1
    assert "not paired" in refused.stderr
    assert document(ddb("unpair", "shed", "--yes", "--json", DDB_HOME=str(tmp_path)))["told"] is False
    assert document(ddb("unpair", "shed", "--yes", "--json"))["told"] is True
    assert ddb("laptops", "shed").returncode == 2


_OPEN_WINDOW = """
import sys
from pathlib import Path
from ddb_client.adapters.practice import ProcessFleet
from ddb_client.adapters.wallclock import LaptopClock
ProcessFleet(Path(sys.argv[1]), LaptopClock()).pairing_code(sys.argv[2])
"""


def test_down_and_up_again_keeps_keys_and_pairings(ddb: Ddb, home: Path) -> None:
    ddb("pair", "--all")
    before = ids(home)
    assert document(ddb("fleet", "down", "--json")) == {"stopped": ["desk", "attic", "shed"]}
    assert ids(home) == {}
    dead = ddb("laptops", "attic")
    assert (dead.returncode, dead.stdout) == (1, "")
    assert "attic doesn't answer" in dead.stderr
    assert ddb("fleet", "up", "--custodians", "3").returncode == 0
    assert ids(home) == before
    assert document(ddb("laptops", "attic", "--json"))[0]["you"] is True
