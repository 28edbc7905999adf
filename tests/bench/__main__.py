"""Everything that is measured, side by side in one run: medians, one table, one plot.

    python tests/bench [--size MIB] [--runs N] [--long] [--write]

Needs gfsplit, gfcombine and curl, and in /dev/shm seven times the size. `--long` also puts 10 GB away, and 16 shares;
it needs 30 GB in $TMPDIR. `--write` saves table, figures and plot under docs/.
"""

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from fleet import MB, PracticeFleet
from report import Row, at_least, below, markdown, plot

from ddb_contract.shares import STRIPE

HERE = Path(__file__).parent
DOCS = HERE.parents[1] / "docs"
SMALL, HUGE = 10_000_000, 10_000_000_000
SPLIT_MEMORY, CUSTODIAN_IDLE, CUSTODIAN_BUSY = 120, 60, 80


def engine(size: int, runs: int) -> Iterator[Row]:
    """The pipeline alone, `size` MiB."""
    command = [sys.executable, HERE / "engine.py", "--size", str(size), "--runs", str(runs)]
    report = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    for scheme in ("(2,3)", "(3,5)"):
        rates = report[scheme]
        yield at_least(f"split {scheme}", rates["split"], "gfsplit", rates["gfsplit"], 2)
        yield at_least(f"join {scheme}", rates["join"], "gfcombine", rates["gfcombine"], 1)
        yield at_least(f"split {scheme} and its bound", rates["split"], "bound", rates["split bound"], 1 / 1.5)
        yield at_least(f"join {scheme} and its bound", rates["join"], "bound", rates["join bound"], 1 / 1.5)
        for verb in ("split", "join"):
            cpu, bound = rates[f"{verb} cpu"], rates[f"{verb} bound"]
            yield at_least(f"{verb} {scheme}, by processor time", cpu, "bound", bound, 1 / 1.5)


def whole(size: int, runs: int) -> Iterator[Row]:
    """Whole processes: three custodians, the file of `size` MiB and a small one, `ddb` and curl in turn."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        fleet, source, small = PracticeFleet(Path(folder) / "home"), Path(folder) / "source", Path(folder) / "small"
        source.write_bytes(os.urandom(size << 20))
        small.write_bytes(os.urandom(SMALL))
        with fleet.up(3) as idle:
            yield below("a custodian, idle", idle, "MB", CUSTODIAN_IDLE)
            runs_of_each = [_one(fleet, source, small) for _ in range(runs)]
            yield below("a custodian, at the peak of uploads", fleet.peak(), "MB", CUSTODIAN_BUSY)
        took = {name: median(each[name] for each in runs_of_each) for name in runs_of_each[0]}
        for verb in ("split", "recover"):
            yield below(f"ddb {verb}, {SMALL // 10**6} MB, peak", took[f"small {verb}"], "MB", SPLIT_MEMORY)
            yield below(f"ddb {verb}, {size} MiB, peak", took[f"{verb} peak"], "MB", SPLIT_MEMORY)
        yield at_least("ddb split to three", took["split"], "curl", took["curl"], 0.5)
        yield below("ddb --help", took["help"] * 1000, "ms", 150)
        yield below("ddb discover of three", took["discover"], "s", 1.5)


def _one(fleet: PracticeFleet, source: Path, small: Path) -> dict[str, float]:
    size = source.stat().st_size
    stripes = size // STRIPE
    took = {"curl": stripes * STRIPE / MB / fleet.upload(stripes)}
    split, drop = fleet.split(source, 3, 2)
    took |= {"split": size / MB / split.seconds, "split peak": split.peak, "recover peak": fleet.recover(drop).peak}
    small_split, drop = fleet.split(small, 3, 2)
    took |= {"small split": small_split.peak, "small recover": fleet.recover(drop).peak}
    return took | {"help": fleet.ddb("--help").seconds, "discover": fleet.ddb("discover").seconds}


def long() -> Iterator[Row]:
    """A sparse file of 10 GB to one custodian, and a small one as 9 of 16."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        for size, n, k in ((HUGE, 1, 1), (64 << 20, 16, 9)):
            source.unlink(missing_ok=True)
            with source.open("wb") as file:
                file.truncate(size)
            fleet = PracticeFleet(Path(folder) / f"home of {n}")
            with fleet.up(n):
                split, drop = fleet.split(source, n, k)
                what = f"{size / 1e9:.3g} GB, {k} of {n}, peak"
                yield below(f"ddb split, {what}", split.peak, "MB", SPLIT_MEMORY)
                yield below(f"ddb recover, {what}", fleet.recover(drop).peak, "MB", SPLIT_MEMORY)
                yield below(f"a custodian, {what}", fleet.peak(), "MB", CUSTODIAN_BUSY)


def machine() -> str:
    """The machine in words, and how busy it was when the run began."""
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    return f"{cores} cores of {platform.machine()}, Python {platform.python_version()}, load {load:.1f} at the start"


def write(rows: list[Row], about: dict[str, Any]) -> None:
    """The table between its marks in docs/performance.md; figures and plot beside it."""
    folder = DOCS / "performance"
    folder.mkdir(exist_ok=True)
    document = {**about, "rows": [asdict(row) for row in rows]}
    (folder / "bench.json").write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    plot(rows, folder / "bench.svg")
    page = DOCS / "performance.md"
    table = (
        f"<!-- bench -->\n{about['machine']}; {about['size_mib']} MiB, medians of {about['runs']}:\n\n{markdown(rows)}"
    )
    page.write_text(re.sub(r"<!-- bench -->.*(?=<!-- /bench -->)", lambda _: table, page.read_text(), flags=re.DOTALL))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--size", type=int, default=1024, help="MiB for the engine; whole processes get half")
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--long", action="store_true")
    options.add_argument("--write", action="store_true")
    chosen = options.parse_args()
    for name, package in (("gfsplit", "libgfshare-bin"), ("curl", "curl")):
        if not shutil.which(name):
            sys.exit(f"{name} is missing: apt-get install {package}")
    about = {"machine": machine(), "size_mib": chosen.size, "runs": chosen.runs}
    rows = [*whole(chosen.size // 2, chosen.runs), *engine(chosen.size, chosen.runs), *(long() if chosen.long else ())]
    print(f"{about['machine']}\n\n{markdown(rows)}")
    if chosen.write:
        write(rows, about)


if __name__ == "__main__":
    main()
