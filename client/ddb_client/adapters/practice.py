"""Practice custodians as processes of their own: started, found again, and ended only when proven to be ours.

The proof is the lock: while a custodian runs it holds an flock on `lock` in its state folder, with its pid in it.
"""

import importlib.util
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from ddb_client.adapters.private_files import exclusive, make_private
from ddb_client.errors import Failure
from ddb_client.ports import Address, Member, WallClock

_START, _STOP, _CODE = 30.0, 20.0, 5.0
_POLL = 0.02


class Ready(BaseModel):
    """`ready.json`: written by the custodian while it listens."""

    model_config = ConfigDict(strict=True, frozen=True)
    pid: int
    id: str
    name: str
    host: str
    port: int


class ProcessFleet:
    """Port `Fleet`. Each custodian has a folder of its own under `folder`, with its log in `log`."""

    def __init__(self, folder: Path, clock: WallClock) -> None:
        self._folder, self._clock = folder, clock

    def members(self) -> list[Member]:
        folders = sorted(path for path in self._folder.iterdir() if path.is_dir()) if self._folder.is_dir() else []
        return [_member(path) for path in folders]

    def start(self, names: Sequence[str]) -> None:
        _check_installed()
        with exclusive(self._folder.with_suffix(".lock")):
            running = {member.name for member in self.members() if member.running}
            started = {name: self._spawn(name) for name in names if name not in running}
            try:
                for name, pid in started.items():
                    self._await_ready(name, pid)
            except BaseException:
                for name in started:
                    self.stop(name)
                raise

    def stop(self, name: str) -> None:
        state = self._folder / name
        pid = holder_of(state / "lock")
        if pid is None:
            return
        os.kill(pid, signal.SIGTERM)
        if not self._until(_STOP, lambda: holder_of(state / "lock") is None):
            raise Failure(f"{name} (process {pid}) does not stop", f"its log is {state / 'log'}")

    def remove(self, name: str) -> None:
        state = self._folder / name
        if holder_of(state / "lock") is not None:
            raise Failure(f"{name} still runs", "`ddb fleet down` stops it")
        shutil.rmtree(state)
        if not any(self._folder.iterdir()):
            self._folder.rmdir()

    def pairing_code(self, name: str) -> str:
        state = self._folder / name
        if not _code(state):
            self._signal(name, signal.SIGUSR1)
        if not self._until(_CODE, lambda: bool(_code(state))):
            raise Failure(f"{name} opened no pairing window", f"its log is {state / 'log'}")
        return _code(state)

    def press(self, name: str) -> None:
        self._signal(name, signal.SIGUSR2)

    def _signal(self, name: str, number: signal.Signals) -> None:
        pid = holder_of(self._folder / name / "lock")
        if pid is None:
            raise Failure(f"{name} does not run", "`ddb fleet up` starts it")
        os.kill(pid, number)

    def _spawn(self, name: str) -> int:
        state = self._folder / name
        make_private(state)
        options = ["serve", "--practice", "--state", str(state), "--name", name]
        log = (os.POSIX_SPAWN_OPEN, 1, str(state / "log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        nothing = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
        return os.posix_spawn(
            sys.executable,
            [sys.executable, "-P", "-m", "ddb_custodian", *options],
            os.environ,
            file_actions=[nothing, log, (os.POSIX_SPAWN_DUP2, 1, 2)],
            setsid=True,
        )

    def _await_ready(self, name: str, pid: int) -> None:
        state = self._folder / name
        ended = False

        def ready_or_ended() -> bool:
            nonlocal ended
            ended = os.waitpid(pid, os.WNOHANG) != (0, 0)
            return ended or _ready(state, pid) is not None

        if not self._until(_START, ready_or_ended) or ended:
            raise Failure(f"{name} does not start: {_last_line(state / 'log')}", f"its log is {state / 'log'}")

    def _until(self, seconds: float, holds: Callable[[], bool]) -> bool:
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                return False
            self._clock.wait(_POLL)
        return True


def holder_of(lock: Path) -> int | None:
    """The pid in the lock file if some process holds it, so that it is a custodian's; None if nobody does.

    The lock is tried only while that process lives, so that a custodian which is starting never finds it taken.
    """
    if sys.platform == "win32":
        return None
    import fcntl

    try:
        with lock.open("rb") as file:
            text = file.read(32).strip()
            if not text.isdigit() or not _alive(int(text)):
                return None
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(text)
    except FileNotFoundError:
        return None
    return None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError, OverflowError):
        return False
    return pid > 1


def _check_installed() -> None:
    if sys.platform == "win32":
        raise Failure("a practice fleet needs Linux or macOS", "custodians of your own work with every system")
    needed = ("ddb_custodian", "flask", "hypercorn", "asgiref", "gpiozero", "cryptography")
    if any(importlib.util.find_spec(name) is None for name in needed):
        raise Failure("the custodian is not installed here", "pip install 'deaddropbox[custodian]'")


def _member(state: Path) -> Member:
    pid = holder_of(state / "lock")
    ready = _ready(state, pid) if pid is not None else None
    address = Address(ready.host, ready.port) if ready else None
    return Member(state.name, ready is not None, address, ready.id if ready else None)


def _ready(state: Path, pid: int) -> Ready | None:
    try:
        ready = Ready.model_validate(json.loads((state / "ready.json").read_bytes()))
    except (OSError, ValueError):
        return None
    return ready if ready.pid == pid else None


def _code(state: Path) -> str:
    try:
        return (state / "pairing-code").read_text().strip()
    except OSError:
        return ""


def _last_line(log: Path) -> str:
    try:
        lines = log.read_bytes()[-4096:].decode("utf-8", "replace").strip().splitlines()
    except OSError:
        lines = []
    words = "".join(filter(str.isprintable, lines[-1] if lines else "it wrote nothing"))
    return words.removeprefix("Error: ")[:300].rstrip(".")
