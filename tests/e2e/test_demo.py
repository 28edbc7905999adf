"""`make demo`, as a newcomer runs it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.harness import until

SCRIPT = Path(__file__).parents[1] / "demo" / "demo.sh"


def processes(word: str) -> list[str]:
    """The command lines of all processes that have the word in theirs."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if word in line:
            found.append(line)
    return found


@pytest.fixture
def demo(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    with subprocess.Popen(
        ["sh", str(SCRIPT)],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        yield process
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)


def test_the_demo_shows_the_whole_way_and_leaves_nothing_behind(demo: "subprocess.Popen[str]", tmp_path: Path) -> None:
    out, _ = demo.communicate(timeout=120)
    assert demo.returncode == 0, out
    for words in ("holding locked shares", "exit status 3", "byte for byte", "stopped"):
        assert words in out
    assert list(tmp_path.iterdir()) == []
    until(lambda: not processes(str(tmp_path)), "every process has ended", 10)


def test_an_interrupted_demo_leaves_nothing_behind_either(demo: "subprocess.Popen[str]", tmp_path: Path) -> None:
    assert demo.stdout is not None
    line = until(demo.stdout.readline, "it says something")
    while "$ ddb split" not in line:
        line = until(demo.stdout.readline, "it says something")
    os.killpg(demo.pid, signal.SIGINT)
    demo.communicate(timeout=60)
    assert demo.returncode == 130
    assert list(tmp_path.iterdir()) == []
    until(lambda: not processes(str(tmp_path)), "every process has ended", 10)
