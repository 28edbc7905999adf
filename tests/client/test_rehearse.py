"""`ddb rehearse`: every step is seen, and nothing stays."""

from pathlib import Path

import pytest

from ddb_client.rehearse import Step, rehearse
from ddb_contract.conditions import Verdict
from fakes_client import FakeClock
from fakes_client_api import Network, TestWorld

STEPS = ["pairing", "upload and lock", "refusal", "release and recovery", "destruction"]


class Ticking(FakeClock):
    """Custody time passes with it."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self._network = network

    def wait(self, seconds: float) -> None:
        super().wait(seconds)
        self._network.pass_time(seconds)


@pytest.fixture
def world(tmp_path: Path) -> TestWorld:
    made = TestWorld(tmp_path, Network("attic", "desk", "shed"))
    made.clock = Ticking(made.network)
    made.pair_all()
    return made


def play(world: TestWorld, custodians: int | None = None) -> list[Step]:
    folder = world.home.parent / "stage"
    folder.mkdir()
    told: list[Step] = []
    steps = rehearse(world, folder, custodians, told.append)
    assert told == steps
    return steps


def nothing_stays(world: TestWorld) -> None:
    assert world.network.live() == []
    assert world.tickets.all() == []
    assert world.journals.all() == []


@pytest.mark.parametrize("custodians", [None, 1, 2, 3])
def test_a_good_fleet_passes_every_step_and_is_left_as_it_was(world: TestWorld, custodians: int | None) -> None:
    steps = play(world, custodians)
    assert [(step.name, step.ok) for step in steps] == [(name, True) for name in STEPS]
    assert "attic" in steps[0].seen
    assert "of 5s left" in steps[2].seen
    assert sum(custodian.calls.count("commit") for custodian in world.network) == (custodians or 3)
    nothing_stays(world)


def failing(steps: list[Step]) -> Step:
    (failed,) = [step for step in steps if not step.ok]
    return failed


def test_too_few_that_answer_end_it_at_the_first_step(world: TestWorld) -> None:
    world.network["shed"].silent = True
    steps = play(world, 3)
    assert failing(steps).name == "pairing"
    assert "shed" in failing(steps).seen
    assert [step.name for step in steps] == ["pairing"]


def test_a_full_custodian_ends_it_at_the_upload(world: TestWorld) -> None:
    world.network["desk"].refuses["put_piece"] = 507
    assert failing(play(world)).name == "upload and lock"
    nothing_stays(world)


def test_a_half_committed_drop_is_destroyed_too(world: TestWorld) -> None:
    world.network["desk"].refuses["commit"] = 429
    steps = play(world)
    assert failing(steps).name == "upload and lock"
    assert steps[-1] == Step("destruction", True, "the rehearsal's drop is gone at every custodian")
    nothing_stays(world)


def test_custodians_that_do_not_lock_are_caught(world: TestWorld) -> None:
    for custodian in world.network:
        custodian._verdict = lambda *_: Verdict(True, (), None)  # type: ignore[method-assign]
    steps = play(world)
    assert failing(steps).name == "refusal"
    assert "before its time" in failing(steps).seen
    nothing_stays(world)


def test_a_damaged_share_is_caught(world: TestWorld) -> None:
    attic = world.network["attic"]
    piece = attic.piece
    attic.piece = lambda *given: bytes(len(piece(*given)))  # type: ignore[method-assign]
    assert "attic was damaged" in failing(play(world)).seen
    nothing_stays(world)


def test_a_custodian_that_does_not_destroy_is_named(world: TestWorld) -> None:
    world.network["shed"].refuses["destroy"] = 500
    steps = play(world)
    assert failing(steps).name == "destruction"
    assert "shed did not confirm" in failing(steps).seen
