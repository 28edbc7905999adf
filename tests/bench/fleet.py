"""A practice fleet of real processes: its memory, uploads by curl beside `ddb split`, and what whole runs take."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ddb_client.ports import Paired
from ddb_client.wiring import Laptop
from ddb_contract.messages import Reserve, RightHashes
from ddb_contract.rights import Verb, authorization, secret_hash
from ddb_contract.shares import STRIPE, ShareHeader
from ddb_contract.text import b32, b64

MB = 1e6
_CHILD = (sys.executable, "-I", str(Path(__file__).with_name("child.py")))
_DDB = (sys.executable, "-P", "-m", "ddb_client")


@dataclass(frozen=True)
class Run:
    """What one process took: seconds of wall clock, and its peak resident MB."""

    seconds: float
    peak: float
    out: str


class PracticeFleet:
    """So many custodians, paired with a laptop whose state lies in `home`."""

    def __init__(self, home: Path) -> None:
        self.home = home

    @contextmanager
    def up(self, custodians: int) -> Iterator[float]:
        """Gives the resident MB of the largest custodian, idle and not yet paired. None is left at the end."""
        self.ddb("fleet", "up", "--custodians", str(custodians))
        try:
            time.sleep(2)
            idle = self._largest("VmRSS")
            self.ddb("pair", "--all")
            yield idle
        finally:
            self.ddb("fleet", "down")

    def ddb(self, *arguments: str | Path) -> Run:
        """A whole `ddb` process, which must succeed."""
        command = [*_CHILD, *_DDB, *map(str, arguments)]
        environment = {**os.environ, "DDB_HOME": str(self.home), "NO_COLOR": "1"}
        took = json.loads(subprocess.run(command, env=environment, check=True, capture_output=True).stdout)
        if took.pop("status"):
            raise RuntimeError(f"ddb {arguments} failed")
        return Run(**took)

    def split(self, source: Path, custodians: int, threshold: int) -> tuple[Run, str]:
        """A whole split that keeps the original, and the drop's id."""
        run = self.ddb(
            *("split", source, "--custodians", str(custodians), "--threshold", str(threshold), "--release", "after 1s"),
            *("--keep-original", "--force", "--yes", "--json"),
        )
        return run, json.loads(run.out)["drop"]

    def recover(self, drop: str) -> Run:
        """A whole recovery; neither the file nor the drop is left."""
        target = self.home / "recovered"
        run = self.ddb("recover", drop, "--to", target, "--wait", "--json")
        target.unlink()
        self.ddb("destroy", drop, "--yes")
        return run

    def upload(self, stripes: int) -> float:
        """Seconds for one curl per custodian, side by side, each putting so many whole pieces."""
        drop = os.urandom(16)
        with closing(Laptop(self.home)) as laptop, tempfile.NamedTemporaryFile(dir=self.home) as piece:
            piece.write(os.urandom(STRIPE))
            piece.flush()
            paired = laptop.book.all()
            apis = laptop.fleet_apis(paired)
            for index, api in enumerate(apis):
                api.reserve(_reservation(ShareHeader(2, 3, index, drop, stripes * STRIPE)))
            commands = [_curl(one, drop, stripes, piece.name) for one in paired]
            start = time.perf_counter()
            with ThreadPoolExecutor(len(commands)) as pool:
                list(pool.map(lambda command: subprocess.run(command, check=True), commands))
            took = time.perf_counter() - start
            for api in apis:
                api.destroy(b32(drop), _SECRET)
        return took

    def peak(self) -> float:
        """Peak resident MB of the largest custodian since its start."""
        return self._largest("VmHWM")

    def _largest(self, field: str) -> float:
        pids = [json.loads(path.read_bytes())["pid"] for path in (self.home / "practice").glob("*/ready.json")]
        return max(_status(pid, field) for pid in pids)


_SECRET = bytes(32)


def _reservation(header: ShareHeader) -> Reserve:
    hashes: dict[str, Any] = {verb: b64(secret_hash(Verb(verb), _SECRET)) for verb in ("claim", "extend", "destroy")}
    return Reserve(header=b64(header.pack()), condition="after 1s", hashes=RightHashes(**hashes))


def _curl(custodian: Paired, drop: bytes, stripes: int, piece: str) -> list[str]:
    place = f"https://{custodian.address.host}:{custodian.address.port}/v1/drops/{b32(drop)}/pieces"
    right = f"Authorization: {authorization(Verb.LAPTOP, custodian.token)}"
    return ["curl", "-skf", "-T", piece, "-H", right, f"{place}/[0-{stripes - 1}]"]


def _status(pid: int, field: str) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition(f"{field}:")[2].split()[0]) * 1024 / MB
