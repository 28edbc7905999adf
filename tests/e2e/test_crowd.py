"""Many drops by many laptops at once."""

import subprocess
import sys
from pathlib import Path

from e2e.harness import Fleet, Laptop, tree

LAPTOPS, DROPS = 5, 10
SPLIT_ALL = """
import sys
from ddb_client.cli import ddb, frame
for path in sys.argv[1:]:
    status = frame.run(ddb, ["split", path, "--custodians", "3", "--release", "after 1s", "--yes", "--json"])
    if status:
        sys.exit(status)
"""
RECOVER_ALL = """
import sys
from ddb_client.cli import ddb, frame
for drop, target in zip(sys.argv[1::2], sys.argv[2::2]):
    status = frame.run(ddb, ["recover", drop, "--wait", "--to", target, "--json"])
    if status:
        sys.exit(status)
"""


def begin(laptop: Laptop, script: str, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        env=laptop.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(processes: "list[subprocess.Popen[str]]") -> None:
    for process in processes:
        _, err = process.communicate(timeout=180)
        assert process.returncode == 0, err


def test_fifty_drops_by_five_laptops_at_once_all_come_back(own_fleet: Fleet, tmp_path: Path) -> None:
    laptops = [Laptop(tmp_path / f"laptop{number}") for number in range(LAPTOPS)]
    originals = {}
    for laptop in laptops:
        (laptop.home / "practice").symlink_to(own_fleet.home / "practice")
        assert laptop.ddb("pair", "--all").status == 0
        folder = tmp_path / f"of-{laptop.home.name}"
        folder.mkdir()
        for number in range(DROPS):
            (folder / f"{laptop.home.name}-{number}.txt").write_text(f"{laptop.home.name} {number}\n" * 100)
        originals[laptop.home.name] = tree(folder)

    finish([begin(laptop, SPLIT_ALL, *map(str, files_of(laptop, tmp_path))) for laptop in laptops])
    labels = {laptop.home.name: {drop["drop"] for drop in laptop.drops()} for laptop in laptops}
    assert {name: len(drops) for name, drops in labels.items()} == {each.home.name: DROPS for each in laptops}

    recovering = []
    for laptop in laptops:
        tickets = [laptop.ticket(drop) for drop in sorted(labels[laptop.home.name])]
        pairs = [(t.drop, str(tmp_path / f"of-{laptop.home.name}" / t.label)) for t in tickets]
        recovering.append(begin(laptop, RECOVER_ALL, *(text for pair in pairs for text in pair)))
    finish(recovering)
    for laptop in laptops:
        back = tree(tmp_path / f"of-{laptop.home.name}")
        assert {k: v for k, v in back.items() if k != "."} == {
            k: v for k, v in originals[laptop.home.name].items() if k != "."
        }


def files_of(laptop: Laptop, tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / f"of-{laptop.home.name}").iterdir())
