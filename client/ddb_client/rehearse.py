"""A rehearsal: a harmless drop goes all the way through the real fleet, step by step, and is destroyed."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ddb_client.core.outlook import listed
from ddb_client.core.plan import Wish
from ddb_client.core.ticket import Ticket
from ddb_client.custody import destroy_everywhere, named, reach
from ddb_client.drop import put_away
from ddb_client.errors import Failure, StillLocked
from ddb_client.ports import World
from ddb_client.prepare import Prepared, prepare
from ddb_client.recover import Wanted, recover
from ddb_contract.conditions import After
from ddb_contract.text import b32

LOCK = 5
"""Seconds that the harmless drop is locked for."""
_SIZE = 100_000


@dataclass(frozen=True)
class Step:
    """One step and what was seen. The first that is not `ok` ends the rehearsal, but for the destruction."""

    name: str
    ok: bool
    seen: str


def rehearse(world: World, folder: Path, custodians: int | None, tell: Callable[[Step], None]) -> list[Step]:
    """All steps with so many custodians of the fleet, or all that answer; `tell` hears of each as it ends.

    `folder` is an empty one. What was deposited is destroyed in any case.
    """
    play, steps = _Play(world, folder, custodians), list[Step]()

    def act(name: str, do: Callable[[], str]) -> bool:
        try:
            steps.append(Step(name, True, do()))
        except Failure as failure:
            steps.append(Step(name, False, failure.message))
        tell(steps[-1])
        return steps[-1].ok

    try:
        all(act(name, do) for name, do in play.acts)
    finally:
        if play.drops():
            act("destruction", play.destroy)
    return steps


class _Play:
    """The steps; each returns what it saw or raises Failure."""

    def __init__(self, world: World, folder: Path, custodians: int | None) -> None:
        self._world, self._folder, self._custodians = world, folder, custodians
        self._content = world.entropy(_SIZE)
        self._original = folder / f"rehearsal-{b32(world.entropy(5))}"
        self._prepared: Prepared | None = None
        self.acts = (
            ("pairing", self.pairing),
            ("upload and lock", self.lock),
            ("refusal", self.refusal),
            ("release and recovery", self.recovery),
        )

    def drops(self) -> list[Ticket]:
        """What of the rehearsal lies with custodians."""
        return [ticket for ticket in self._world.tickets.all() if ticket.label == self._original.name]

    def pairing(self) -> str:
        self._original.write_bytes(self._content)
        wish = Wish(After(LOCK), {}, self._custodians, keep_original=True, force=True)
        self._prepared = prepare(self._world, str(self._original), wish)
        return f"{listed(api.name for api in self._prepared.chosen())} answer with the keys that they were paired with"

    def lock(self) -> str:
        assert self._prepared is not None
        done = put_away(self._world, self._prepared, str)
        return f"{len(done.receipts)} signed receipts are as they should be"

    def refusal(self) -> str:
        (ticket,) = self.drops()
        try:
            recover(self._world, Wanted(ticket, str(self._folder / "early")))
        except StillLocked as locked:
            return f"too early is refused: {locked.reasons[0]}"
        raise Failure("the drop was given back before its time, or this took too long to tell")

    def recovery(self) -> str:
        (ticket,) = self.drops()
        back = self._folder / "back"
        restored = recover(self._world, Wanted(ticket, str(back)), lambda *_: None)
        if back.read_bytes() != self._content:
            raise Failure("what came back is not what was put away")
        if restored.damaged:
            raise Failure(f"the share of {listed(restored.damaged)} was damaged")
        return f"what came back from {listed(restored.used)} is what was put away"

    def destroy(self) -> str:
        for ticket in self.drops():
            missing = destroy_everywhere(self._world, ticket, reach(self._world, ticket))
            if missing:
                raise Failure(f"{named(missing, ticket)} did not confirm; it is asked again at every start of ddb")
        return "the rehearsal's drop is gone at every custodian"
