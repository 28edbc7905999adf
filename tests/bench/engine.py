"""How fast the engine is, beside gfsplit and gfcombine on the same bytes, and beside what its own stages allow.

    python tests/bench/engine.py [--size MIB] [--runs N]

Prints JSON: medians of interleaved runs, in MB/s of the drop. Needs gfsplit and gfcombine (Debian: libgfshare-bin) and,
under (3,5), seven times the size in /dev/shm. The bound is the sum of the stages' measured times over the cores that
the engine uses.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median

from ddb_client.core.seal import Opening, Seal
from ddb_client.core.threshold import Scheme
from ddb_client.engine.budget import WORKERS
from ddb_client.engine.join import Outcome, join
from ddb_client.engine.split import split
from ddb_contract.shares import STRIPE, leaf

SCHEMES = (Scheme(2, 3), Scheme(3, 5))
KEY, SALT, DROP = bytes(32), bytes(range(32)), bytes(16)
READ = 1 << 20
Report = dict[str, dict[str, float]]


class NullSink:
    def put(self, stripe: int, piece: bytes | bytearray | memoryview) -> None:
        pass


class FileSink:
    def __init__(self, path: Path) -> None:
        self._file = path.open("wb", buffering=0)

    def put(self, stripe: int, piece: bytes | bytearray | memoryview) -> None:
        self._file.write(piece)

    def close(self) -> None:
        self._file.close()


class FileSource:
    def __init__(self, path: Path, index: int, leaves: Sequence[bytes]) -> None:
        self.name, self.index, self.leaves = path.name, index, leaves
        self._file = os.open(path, os.O_RDONLY)

    def piece(self, stripe: int) -> bytes:
        return os.pread(self._file, STRIPE, stripe * STRIPE)

    def close(self) -> None:
        os.close(self._file)


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def timed(name: str, work: Callable[[], object]) -> dict[str, float]:
    """Seconds by the clock, and those of processor time over the cores that the engine uses."""
    start = time.process_time()
    took = seconds(work)
    return {name: took, f"{name} cpu": (time.process_time() - start) / WORKERS}


def read(path: Path) -> Iterator[bytes]:
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(READ):
            yield chunk


def ours_split(source: Path, scheme: Scheme, sinks: Sequence[NullSink | FileSink]) -> list[list[bytes]]:
    seal = Seal(KEY, SALT, DROP, source.stat().st_size)
    return split(read(source), seal, scheme, os.urandom, sinks, lambda _: None)


def ours_join(sources: Sequence[FileSource], scheme: Scheme, size: int) -> None:
    for _ in join(sources, scheme, KEY, DROP, size, lambda _: None, Outcome()):
        pass


def run(*command: str | Path) -> None:
    subprocess.run(command, check=True)


class Bench:
    """One scheme on one file, everything in `folder`."""

    def __init__(self, scheme: Scheme, source: Path, folder: Path) -> None:
        self.scheme, self.source, self.folder = scheme, source, folder
        self.size = source.stat().st_size
        self.sealed = Seal(KEY, SALT, DROP, self.size).size
        self.stripes = -(-self.sealed // STRIPE)

    def once(self) -> dict[str, float]:
        """Seconds of one run of each."""
        times = timed("split", lambda: ours_split(self.source, self.scheme, [NullSink()] * self.scheme.n))
        times["gfsplit"] = seconds(self._gfsplit)
        shares = sorted(self.folder.glob("gf.*"))[-self.scheme.k :]
        times["gfcombine"] = seconds(lambda: run("gfcombine", "-o", self.folder / "combined", *shares))
        self._clear()
        paths = [self.folder / f"ours.{index}" for index in range(self.scheme.n)]
        sinks = [FileSink(path) for path in paths]
        leaves: list[list[bytes]] = []
        times["split to files"] = seconds(lambda: leaves.extend(ours_split(self.source, self.scheme, sinks)))
        sources = [FileSource(path, i, leaves[i]) for i, path in enumerate(paths)][-self.scheme.k :]
        times |= timed("join", lambda: ours_join(sources, self.scheme, self.sealed))
        for file in (*sinks, *sources):
            file.close()
        self._clear()
        return times

    def stages(self) -> dict[str, float]:
        """Seconds that each stage takes for the whole file, on one core, for one pass."""
        seal, opening = Seal(KEY, SALT, DROP, STRIPE - 80), Opening(KEY, DROP, STRIPE)
        plain = os.urandom(STRIPE - 80)
        sealed, pads = seal.seal(0, plain), os.urandom(self.scheme.randomness(STRIPE))
        pieces = dict(enumerate(self.scheme.split(sealed, pads)))
        chosen = {index: pieces[index] for index in list(pieces)[-self.scheme.k :]}
        work: dict[str, Callable[[], object]] = {
            "read": lambda: sum(map(len, read(self.source))),
            "pads": lambda: os.urandom(len(pads)),
            "seal": lambda: seal.seal(0, plain),
            "xor split": lambda: self.scheme.split(sealed, pads),
            "xor join": lambda: self.scheme.join(chosen),
            "leaf": lambda: leaf(0, sealed),
            "open": lambda: opening.open(0, sealed),
        }
        return {name: self._stage(name, each) for name, each in work.items()}

    def _stage(self, name: str, work: Callable[[], object]) -> float:
        if name == "read":
            return median(seconds(work) for _ in range(3))
        return median(seconds(work) for _ in range(60)) * self.stripes

    def bounds(self, stages: dict[str, float]) -> dict[str, float]:
        """Seconds below which no split or join of these stages can be on the engine's cores."""
        common = stages["read"] + stages["xor join"]
        out = common + stages["pads"] + stages["seal"] + stages["xor split"] + self.scheme.n * stages["leaf"]
        back = stages["xor join"] + stages["open"] + self.scheme.k * (stages["leaf"] + stages["read"])
        return {"split bound": out / WORKERS, "join bound": back / WORKERS}

    def _gfsplit(self) -> None:
        run("gfsplit", "-n", str(self.scheme.k), "-m", str(self.scheme.n), self.source, self.folder / "gf")

    def _clear(self) -> None:
        for path in [*self.folder.glob("gf.*"), *self.folder.glob("ours.*"), *self.folder.glob("combined")]:
            path.unlink()


def measure(scheme: Scheme, source: Path, runs: int) -> tuple[dict[str, float], dict[str, float]]:
    """Medians in MB/s of each whole run and its bound, and of each stage."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        bench = Bench(scheme, source, Path(folder))
        every = []
        for _ in range(runs):
            stages = bench.stages()
            every.append(bench.once() | bench.bounds(stages) | {f"stage {name}": s for name, s in stages.items()})
    rates = {name: bench.size / 1e6 / median(each[name] for each in every) for name in every[0]}
    whole = {name: rate for name, rate in rates.items() if not name.startswith("stage ")}
    return whole, {name[6:]: rate for name, rate in rates.items() if name.startswith("stage ")}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--size", type=int, default=1024, help="MiB to split")
    options.add_argument("--runs", type=int, default=3)
    chosen = options.parse_args()
    report: Report = {}
    with tempfile.NamedTemporaryFile(dir="/dev/shm") as source:
        for _ in range(chosen.size):
            source.write(os.urandom(READ))
        source.flush()
        for scheme in SCHEMES:
            name = f"({scheme.k},{scheme.n})"
            report[name], report[f"stages {name}"] = measure(scheme, Path(source.name), chosen.runs)
    print(json.dumps(report))


if __name__ == "__main__":
    main()
