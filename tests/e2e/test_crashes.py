"""kill -9 of either side at every step that reaches a disk: the original is whole, or the drop is recoverable.

strace ends a process as it makes its n-th call of a kind, for every n until it gets through.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from e2e.harness import PATIENCE, Custodian, Fleet, tree, until

MOST = 60
ARGUMENTS = ("--custodians", "3", "--threshold", "3", "--release", "after 1s", "--yes", "--json")


def dying(call: str, number: int) -> tuple[str, ...]:
    """Put in front of a command: it is killed when a thread of it makes that call for the n-th time."""
    inject = f"--inject={call}:signal=KILL:when={number}"
    return ("strace", "--follow-forks", "--quiet=all", "--output=/dev/null", f"--trace={call}", inject)


def papers(folder: Path) -> Path:
    (folder / "inner").mkdir(parents=True)
    (folder / "inner" / "one.txt").write_text("one")
    (folder / "two.bin").write_bytes(bytes(range(256)) * 300)
    (folder / "link").symlink_to("two.bin")
    for each in (*folder.rglob("*"), folder):
        os.utime(each, (0, 0), follow_symlinks=False)
    return folder


@pytest.mark.parametrize("call", ["fsync", "unlink"])
def test_a_client_killed_at_any_step_loses_nothing(own_fleet: Fleet, tmp_path: Path, call: str) -> None:
    died = 0
    for step in range(1, MOST):
        original = papers(tmp_path / f"papers{step}")
        killed = own_fleet.ddb("split", original, *ARGUMENTS, prefix=dying(call, step))
        nothing_is_lost(own_fleet, original, tmp_path / f"again{step}")
        if killed.status == 0:
            break
        died += 1
    assert 1 < died < MOST - 1


@pytest.mark.parametrize("call", ["fdatasync", "rename"])
def test_a_custodian_killed_at_any_step_of_a_split_loses_nothing(own_fleet: Fleet, tmp_path: Path, call: str) -> None:
    attic, died = own_fleet["attic"], 0
    for step in range(1, MOST):
        original = papers(tmp_path / f"papers{step}")
        attic.stop()
        attic.start(dying(call, step), may_die=True)
        splitting = own_fleet.begin("split", original, *ARGUMENTS)
        survived = outlives(attic, splitting)
        if not survived:
            died += 1
            attic.start()
        out, err = splitting.communicate(timeout=PATIENCE)
        if survived:
            attic.kill()
            attic.start()
        nothing_is_lost(own_fleet, original, tmp_path / f"again{step}")
        if survived:
            assert splitting.returncode == 0, out + err
            break
    assert 1 < died < MOST - 1


def outlives(custodian: Custodian, splitting: "subprocess.Popen[str]") -> bool:
    until(lambda: splitting.poll() is not None or not custodian.running, "the split or the custodian ends")
    return custodian.running


def nothing_is_lost(fleet: Fleet, original: Path, target: Path) -> None:
    """After the next command, whatever it is: the original is whole and no copy lives on, or the drop comes back."""
    drops = fleet.drops()
    assert not list((fleet.home / "journals").glob("*.json"))
    if not drops:
        assert tree(original) == tree(papers(target))
        assert not any(list(custodian.state.glob("shares/*")) for custodian in fleet.custodians)
        return
    (drop,) = drops
    assert fleet.ticket(drop["drop"]).phase == "wiped"
    assert not original.exists()
    back = fleet.json("recover", drop["drop"], "--wait", "--to", target)
    assert back["damaged"] == []
    assert tree(target) == tree(papers(target.with_name(f"{target.name}-as-it-was")))
    assert fleet.ddb("destroy", drop["drop"], "--yes").status == 0


def test_a_recovery_killed_at_any_step_leaves_all_or_nothing(own_fleet: Fleet, tmp_path: Path) -> None:
    drop, target = own_fleet.split(papers(tmp_path / "papers"))["drop"], tmp_path / "again"
    was = tree(papers(tmp_path / "as-it-was"))
    own_fleet.json("recover", drop, "--wait", "--to", tmp_path / "first")
    for step in range(1, MOST):
        result = own_fleet.ddb("recover", drop, "--to", target, prefix=dying("rename", step))
        if target.exists():
            assert tree(target) == was, step
            shutil.rmtree(target)
        if result.status == 0:
            break
        own_fleet.json("recover", drop, "--to", target)
        shutil.rmtree(target)
    assert 1 < step < MOST - 1
