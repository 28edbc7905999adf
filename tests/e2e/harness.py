"""Real processes, real mDNS, real TLS: a laptop with a state folder of its own, and custodians to mistreat."""

import contextlib
import hashlib
import http.client
import json
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from ddb_client.core.ticket import Ticket
from ddb_contract.rights import Verb, authorization

DDB = (sys.executable, "-m", "ddb_client")
NAMES = ("attic", "desk", "shed", "cellar", "office", "sister", "boat")
PATIENCE = 60.0
T = TypeVar("T")


def until(condition: Callable[[], T], what: str, seconds: float = PATIENCE) -> T:
    """The first true value of `condition`. Fails the test, saying `what` never came, after so many seconds."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            pytest.fail(f"waited {seconds:.0f} s in vain until {what}")
        time.sleep(0.01)
    return value


def sha256(path: str | Path) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def tree(path: Path) -> dict[str, tuple[int, int, bytes]]:
    """All that a person would compare: names, kinds and modes, modification times, contents or link targets."""
    found = {}
    for each in [path, *sorted(path.rglob("*"))]:
        stat = each.lstat()
        content = str(each.readlink()).encode() if each.is_symlink() else each.read_bytes() if each.is_file() else b""
        found[str(each.relative_to(path))] = (stat.st_mode, stat.st_mtime_ns, content)
    return found


@dataclass(frozen=True)
class Result:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on stdout, once the command succeeded."""
        assert self.status in (0, 5), self
        return json.loads(self.out)

    def refused(self, status: int, *words: str) -> "Result":
        """Checks a refusal: exit status, the words, and that it is a sentence and no traceback."""
        assert self.status == status, self
        assert self.err.startswith("ddb: ") or "\nddb: " in self.err, self
        assert "Traceback" not in self.err, self
        assert "something unexpected" not in self.err, self
        for word in words:
            assert word in self.err, self
        return self


@dataclass(frozen=True)
class Answer:
    """What a custodian answered to a request that was not `ddb`'s."""

    status: int
    headers: dict[str, str]
    body: bytes


class Laptop:
    """`ddb` with a state folder of its own."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.home = home

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR", "PYTHONPATH") if name in os.environ}
        return {**kept, "HOME": str(self.home), "DDB_HOME": str(self.home), "NO_COLOR": "1"}

    def begin(self, *arguments: str | Path, prefix: Sequence[str] = (), **more: Any) -> "subprocess.Popen[str]":
        """A `ddb` process under way; the caller ends it."""
        return subprocess.Popen(
            [*prefix, *DDB, *map(str, arguments)],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **more,
        )

    def ddb(self, *arguments: str | Path, prefix: Sequence[str] = (), seconds: float = PATIENCE, **more: Any) -> Result:
        """Runs `ddb` to its end."""
        with self.begin(*arguments, prefix=prefix, **more) as process:
            try:
                out, err = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                out, err = process.communicate()
                pytest.fail(f"ddb {arguments} still ran after {seconds:.0f} s: {out}{err}")
        return Result(process.returncode, out, err)

    def json(self, *arguments: str | Path, seconds: float = PATIENCE) -> Any:
        """Runs `ddb … --json`, which must succeed."""
        return self.ddb(*arguments, "--json", seconds=seconds).json

    def ticket(self, drop: str) -> Ticket:
        return Ticket.model_validate_json((self.home / "tickets" / f"{drop}.json").read_bytes())

    def claim(self, drop: str, custodian: str) -> str:
        """The Authorization header that claims the drop's share at that custodian."""
        return authorization(Verb.CLAIM, self.ticket(drop).claim(custodian))

    def drops(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.json("status")["drops"]
        return found


class Custodian:
    """One practice custodian: a process, its state folder, its name."""

    def __init__(self, state: Path, name: str) -> None:
        self.state, self.name = state, name
        self._process: subprocess.Popen[bytes] | None = None
        self._told = False

    def start(self, prefix: Sequence[str] = (), may_die: bool = False, **environment: str) -> "Custodian":
        """Starts it and waits until it listens and is announced, or, if it `may_die`, has ended."""
        self.begin(prefix, **environment)
        until(lambda: self.ready or self._ended(), f"{self.name} is ready")
        assert self.ready or may_die, f"{self.name} ended: {self.log}"
        return self

    def begin(self, prefix: Sequence[str] = (), **environment: str) -> None:
        """Starts it; `prefix` is put in front of its command."""
        self.state.mkdir(parents=True, exist_ok=True)
        (self.state / "ready.json").unlink(missing_ok=True)
        self._told = False
        command = [*prefix, sys.executable, "-m", "ddb_custodian", "serve", "--practice"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--state", str(self.state), "--name", self.name],
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    @property
    def _log(self) -> Path:
        return self.state.parent / f"{self.name}.log"

    @property
    def log(self) -> str:
        """All that it ever said."""
        return self._log.read_text()

    def _ended(self) -> bool:
        return self._process is not None and self._process.poll() is not None

    @property
    def ready(self) -> dict[str, Any]:
        with contextlib.suppress(OSError, ValueError):
            document: dict[str, Any] = json.loads((self.state / "ready.json").read_text())
            return document
        return {}

    @property
    def id(self) -> str:
        return str(self.ready["id"])

    @property
    def port(self) -> int:
        return int(self.ready["port"])

    @property
    def code(self) -> str:
        """The pairing code, empty while no window is open."""
        path = self.state / "pairing-code"
        return path.read_text().strip() if path.exists() else ""

    @property
    def running(self) -> bool:
        return self._process is not None and not self._ended()

    def send(self, number: signal.Signals) -> None:
        """Signals the custodian itself, whatever was put in front of it."""
        pid = self.ready.get("pid") or (self._process and self._process.pid)
        if self.running and pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def kill(self) -> None:
        self.send(signal.SIGKILL)
        self._await_end()

    def stop(self) -> None:
        self.begin_stop()
        self._await_end()

    def begin_stop(self) -> None:
        """Tells it to stop, once."""
        if not self._told:
            self.send(signal.SIGTERM)
        self._told = True

    def _await_end(self) -> None:
        if self._process is None:
            return
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self.send(signal.SIGKILL)
            self._process.kill()
            self._process.wait(30)
            pytest.fail(f"{self.name} did not stop within 30 s: {self.log}")
        finally:
            self._process = None

    def ask(self, method: str, path: str, secret: str | None = None, **headers: str) -> "Answer":
        """One request straight at the custodian, past `ddb`; `secret` is the Authorization header."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=20, context=context)
        with contextlib.closing(connection):
            connection.request(method, path, headers=headers | ({"Authorization": secret} if secret else {}))
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, found, response.read())

    def share(self, drop: str) -> Path:
        return self.state / "shares" / f"{drop}.share"

    def damage(self, drop: str, offset: int = 1000) -> None:
        """Turns one byte of the share's body on the disk."""
        with self.share(drop).open("r+b") as file:
            file.seek(48 + offset)
            byte = file.read(1)[0]
            file.seek(48 + offset)
            file.write(bytes([byte ^ 1]))


class Fleet(Laptop):
    """A laptop and the practice custodians it is paired with."""

    def __init__(self, home: Path, size: int) -> None:
        super().__init__(home)
        self.custodians = [Custodian(home / "practice" / name, name) for name in NAMES[:size]]

    def up(self, prefix: Sequence[str] = (), **environment: str) -> None:
        """Starts all custodians side by side and pairs with them."""
        self.start_all(prefix, **environment)
        result = self.ddb("pair", "--all")
        assert result.status == 0, result

    def start_all(self, prefix: Sequence[str] = (), **environment: str) -> None:
        for custodian in self.custodians:
            custodian.begin(prefix, **environment)
        for custodian in self.custodians:
            until(lambda each=custodian: each.ready or not each.running, f"{custodian.name} is ready")
            assert custodian.ready, f"{custodian.name} ended: {custodian.log}"

    def down(self) -> None:
        for custodian in self.custodians:
            custodian.begin_stop()
        for custodian in self.custodians:
            custodian.stop()

    def __getitem__(self, name: str) -> Custodian:
        return next(custodian for custodian in self.custodians if custodian.name == name)

    def ask_status(self, custodian: Custodian, drop: str) -> dict[str, Any]:
        """What that custodian itself says of its share."""
        answer = custodian.ask("GET", f"/v1/drops/{drop}", self.claim(drop, custodian.id))
        assert answer.status == 200, answer
        document: dict[str, Any] = json.loads(answer.body)
        return document

    def split(self, path: Path, release: str = "after 1s", *more: str | Path) -> dict[str, Any]:
        """Splits among all, 2 of 3 unless said otherwise, and returns the answer."""
        arguments = ("--custodians", str(len(self.custodians)), "--release", release, "--yes", *more)
        document: dict[str, Any] = self.json("split", path, *arguments)
        return document
