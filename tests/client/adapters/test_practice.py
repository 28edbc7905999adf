"""Practice custodians are processes: started, found again, and ended only when proven to be ours."""

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ddb_client.adapters.practice import ProcessFleet, holder_of
from ddb_client.adapters.wallclock import LaptopClock
from ddb_client.errors import Failure
from fakes_client import FakeClock


def lock_with(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_pid_in_a_lock_that_nobody_holds_is_nobodys(tmp_path: Path) -> None:
    bystander = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        lock_with(tmp_path / "desk" / "lock", f"{bystander.pid}\n")
        fleet = ProcessFleet(tmp_path, FakeClock())
        assert holder_of(tmp_path / "desk" / "lock") is None
        fleet.stop("desk")
        assert [member.running for member in fleet.members()] == [False]
        assert bystander.poll() is None
    finally:
        bystander.communicate(b"\n")
    assert bystander.returncode == 0


@pytest.mark.parametrize("text", ["", "1", "0", "-5", "x", "99999999999999999999", f"{2**22 + 1}"])
def test_a_lock_with_nonsense_in_it_is_nobodys(tmp_path: Path, text: str) -> None:
    lock_with(tmp_path / "lock", text)
    with (tmp_path / "lock").open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert holder_of(tmp_path / "lock") is None


def test_a_held_lock_names_its_holder_and_looking_takes_nothing(tmp_path: Path) -> None:
    lock_with(tmp_path / "lock", f"{os.getpid()}\n")
    with (tmp_path / "lock").open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert holder_of(tmp_path / "lock") == os.getpid()
        assert holder_of(tmp_path / "lock") == os.getpid()


def test_without_the_custodian_installed_the_way_to_install_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "hypercorn", None)
    with pytest.raises(Failure, match="not installed") as caught:
        ProcessFleet(tmp_path, FakeClock()).start(["desk"])
    assert caught.value.hint == "pip install 'deaddropbox[custodian]'"
    assert list(tmp_path.iterdir()) == []


def test_one_that_dies_while_starting_is_told_with_its_last_words(tmp_path: Path) -> None:
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk" / "shelf.db").write_bytes(b"no database at all" * 100)
    fleet = ProcessFleet(tmp_path, LaptopClock())
    with pytest.raises(Failure, match=r"desk does not start: .*storage") as caught:
        fleet.start(["desk"])
    assert str(tmp_path / "desk" / "log") in (caught.value.hint or "")


def test_a_fleet_lives_answers_and_ends(tmp_path: Path) -> None:
    fleet = ProcessFleet(tmp_path / "practice", LaptopClock())
    fleet.start(["desk"])
    try:
        (first,) = fleet.members()
        assert first.running
        assert first.address is not None
        fleet.start(["desk"])
        assert fleet.members() == [first]
        with pytest.raises(Failure, match="still runs"):
            fleet.remove("desk")
        assert len(fleet.pairing_code("desk")) == 4
    finally:
        fleet.stop("desk")
    (stopped,) = fleet.members()
    assert (stopped.running, stopped.address) == (False, None)
    fleet.start(["desk"])
    try:
        assert fleet.members()[0].id == first.id
        pid = holder_of(tmp_path / "practice" / "desk" / "lock")
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        assert fleet.members()[0].running is False
    finally:
        fleet.stop("desk")
    fleet.remove("desk")
    assert fleet.members() == []
    assert not (tmp_path / "practice").exists()
