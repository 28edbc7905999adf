"""A practice custodian as the real process it is."""

import http.client
import json
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ddb_contract.identity import custodian_id, spki_of_certificate
from ddb_contract.pairing import valid_code
from ddb_custodian.adapters.shelf import SqliteShelf
from ddb_custodian.core.clock import ClockReading

PATIENCE = 30.0
SIMULATED = {"GPIOZERO_PIN_FACTORY": "mock", "GPIOZERO_MOCK_PIN_CLASS": "mockpwmpin"}
"""With these in its environment a custodian that is none for practice runs here too."""


class Process:
    """`python -m ddb_custodian serve --practice` on a folder."""

    def __init__(self, state: Path, *options: str) -> None:
        self.state = state
        command = [
            sys.executable,
            "-m",
            "ddb_custodian",
            "serve",
            "--practice",
            "--state",
            str(state),
            "--name",
            "desk",
        ]
        self.child = subprocess.Popen([*command, *options], stderr=subprocess.PIPE, text=True)

    def ready(self) -> dict:
        path = self.state / "ready.json"
        until(lambda: path.exists() or self.child.poll() is not None)
        ready = json.loads(path.read_text())
        assert ready["pid"] == self.child.pid
        return ready

    def info(self) -> dict:
        ready = self.ready()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(ready["host"], ready["port"], timeout=PATIENCE, context=context)
        connection.connect()
        certificate = connection.sock.getpeercert(binary_form=True)
        assert custodian_id(spki_of_certificate(certificate)) == ready["id"]
        connection.request("GET", "/v1/custodian")
        info = json.loads(connection.getresponse().read())
        connection.close()
        assert info["id"] == ready["id"]
        return info

    def ends(self, by: int | None = None) -> tuple[int, str]:
        """Its exit code and what it said, after that signal."""
        if by is not None:
            self.child.send_signal(by)
        _, said = self.child.communicate(timeout=PATIENCE)
        return self.child.returncode, said


def until(holds) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.01)


@pytest.fixture
def start(tmp_path: Path) -> Iterator:
    started: list[Process] = []

    def start(*options: str, state: Path = tmp_path / "desk") -> Process:
        started.append(Process(state, *options))
        return started[-1]

    yield start
    for process in started:
        if process.child.poll() is None:
            process.child.kill()
        process.child.communicate()


def test_it_serves_stops_cleanly_and_is_the_same_one_after_a_restart(start, tmp_path):
    first = start()
    info, ready = first.info(), first.ready()
    assert (info["name"], info["practice"], info["paired"], info["pairing_open"]) == ("desk", True, False, True)
    code = tmp_path / "desk" / "pairing-code"
    assert valid_code(code.read_text().strip())
    for private in (code, tmp_path / "desk" / "key.pem"):
        assert private.stat().st_mode & 0o777 == 0o600
    assert first.ends(by=signal.SIGTERM)[0] == 0
    assert not code.exists()
    assert not (tmp_path / "desk" / "ready.json").exists()
    second = start()
    assert second.ready() | {"pid": 0} == ready | {"pid": 0}
    assert second.info()["id"] == info["id"]


def test_it_starts_again_after_it_was_killed(start, tmp_path):
    first = start()
    ready = first.ready()
    first.ends(by=signal.SIGKILL)
    (tmp_path / "desk" / "ready.json").unlink()
    assert start().info()["id"] == ready["id"]


def test_a_second_one_on_the_same_folder_says_so_and_disturbs_nothing(start):
    first = start()
    first.ready()
    code, said = start().ends()
    assert (code, said.count("\n")) == (1, 1)
    assert "already runs" in said
    assert first.info()["name"] == "desk"


def test_the_signal_holds_the_button_and_opens_the_window_again(start, tmp_path):
    first = start()
    first.ready()
    code = tmp_path / "desk" / "pairing-code"
    code.unlink()
    os.kill(first.child.pid, signal.SIGUSR1)
    until(code.exists)


def test_a_short_press_stands_apart_from_a_long_one_and_the_page_is_served(start, tmp_path):
    first = start()
    ready = first.ready()
    code = tmp_path / "desk" / "pairing-code"
    code.unlink()
    os.kill(first.child.pid, signal.SIGUSR2)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection(ready["host"], ready["port"], timeout=PATIENCE, context=context)
    connection.request("GET", "/approve")
    assert b"<textarea" in connection.getresponse().read()
    connection.close()
    assert not code.exists()
    os.kill(first.child.pid, signal.SIGUSR1)
    until(code.exists)
    returned, said = first.ends(by=signal.SIGTERM)
    assert returned == 0
    assert "Traceback" not in said


@pytest.mark.parametrize("broken", ["port", "key", "shelf", "folder"])
def test_what_stops_a_start_is_one_clear_sentence(start, tmp_path, broken):
    state, options = tmp_path / "desk", ()
    if broken == "port":
        options = ("--port", str(start(state=tmp_path / "other").ready()["port"]))
    else:
        before = start()
        before.ready()
        before.ends(by=signal.SIGTERM)
    if broken == "key":
        (state / "key.pem").write_text("nonsense")
    if broken == "shelf":
        for path in state.glob("shelf.db*"):
            path.write_bytes(b"nonsense" * 1000)
    if broken == "folder":
        state = state / "key.pem"
    code, said = start(*options, state=state).ends()
    assert code in (1, 2)
    assert "Traceback" not in said
    assert said.strip().splitlines()[-1].startswith("Error: ")


def opens_a_window(state: Path) -> bool:
    """Whether a custodian that is none for practice opens a window at this start. It's killed once that is seen."""
    config = state.with_suffix(".toml")
    config.write_text(f'state = "{state}"\nlisten = "127.0.0.1"\nport = 0\n')
    command = [sys.executable, "-m", "ddb_custodian", "serve", "--config", str(config)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | SIMULATED) as child:
        said = next(line for line in child.stderr if "pairing is open" in line or "listens on" in line)
        child.kill()
    return "pairing is open" in said


def test_a_window_opens_at_the_first_start_and_at_another_boot_but_not_after_a_crash(tmp_path):
    state = tmp_path / "attic"
    assert opens_a_window(state)
    assert not opens_a_window(state)
    shelf = SqliteShelf(state / "shelf.db")
    with shelf.transaction():
        shelf.put_custody(replace(shelf.custody(), read_at=ClockReading("an earlier boot", 0.0)))
    shelf.close()
    assert opens_a_window(state)
    assert not opens_a_window(state)
