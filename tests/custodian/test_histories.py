"""Random conditions, random histories: what opens is what the facts prove, and nothing else ever does.

The keeper is compared, after each step, with the meaning said a second time: who was where, pressed, approved, waited.
"""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddb_contract.conditions import Condition, Facts, approvers, extended, format_condition, forms, renamed
from ddb_contract.grammar import parse
from ddb_contract.messages import Extend
from ddb_contract.problems import Locked, Malformed
from ddb_contract.rights import Verb
from ddb_contract.text import unb64
from ddb_custodian.claims import LIFE
from ddb_custodian.keeper import Asker
from fakes_custodian import FakeLinks, Rig
from strategies import APPROVERS, conditions, truth

PLACES = (FakeLinks.NEIGHBOUR, FakeLinks.FAR)
HOUR = 3600


def numbered() -> st.SearchStrategy[Condition]:
    """Conditions that open within an hour if at all, with their approvers numbered as a custodian knows them."""
    return (
        conditions(seconds=HOUR)
        .map(lambda kept: renamed(kept, {name: str(number) for number, name in enumerate(approvers(kept), 1)}))
        .filter(lambda kept: len(format_condition(kept)) < 700)
    )


STEPS = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, HOUR // 4)),
    st.tuples(st.just("claim"), st.sampled_from(PLACES)),
    st.tuples(st.just("press"), st.none()),
    st.tuples(st.just("press"), st.none()),
    st.tuples(st.just("approve"), st.integers(1, len(APPROVERS))),
    st.tuples(st.just("extend"), numbered()),
    st.tuples(st.just("restart"), st.none()),
)


@dataclass
class Claim:
    name: bytes
    near: bool
    since: float
    pressed: bool = False


@dataclass
class History:
    """A locked drop, and apart from it all that happened to it."""

    rig: Rig
    condition: Condition
    elapsed: float = 0.0
    approved: frozenset[str] = frozenset()
    claims: list[Claim] = field(default_factory=list)

    def __post_init__(self) -> None:
        """The same drop each time, locked now under that condition at a custodian that just started."""
        self.rig.crash()
        self.rig.start()
        self.drop = replace(self.rig.kept, approvers=len(approvers(self.condition)))
        deposit = self.rig.shelf.deposit(self.drop.id)
        hashes = [unb64(digest) for digest in self.drop.request().hashes.approve]
        self.rig.shelf.put_deposit(
            replace(
                deposit,
                condition=format_condition(self.condition),
                locked_at=self.rig.keeper.custody_now(),
                approve_hashes=tuple(hashes),
                approved=frozenset(),
            )
        )

    def facts(self, near: bool, pressed: bool) -> Facts:
        return Facts(self.elapsed, self.approved, pressed, near)

    def forget(self) -> None:
        self.claims = [claim for claim in self.claims if self.elapsed - claim.since < LIFE]

    def happen(self, what: str, value: object) -> None:
        getattr(self, what)(value)
        self.forget()

    def wait(self, seconds: int) -> None:
        self.rig.wait(seconds)
        self.elapsed += seconds

    def claim(self, place: str) -> None:
        made = self.rig.keeper.claim(*self.right(), place)
        self.claims = [*self.claims, Claim(unb64(made.claim), place == FakeLinks.NEIGHBOUR, self.elapsed)][-4:]

    def press(self, _: None) -> None:
        self.rig.keeper.press()
        for claim in self.claims:
            opens, open_now = (truth(self.condition, self.facts(claim.near, pressed)) for pressed in (True, False))
            if not claim.pressed and opens and not open_now:
                claim.pressed, claim.since = True, self.elapsed

    def approve(self, number: int) -> None:
        if number <= self.drop.approvers:
            self.rig.keeper.approve(self.drop.code(number), FakeLinks.FAR)
            self.approved |= {str(number)}

    def extend(self, extra: Condition) -> None:
        try:
            self.rig.keeper.extend(
                self.drop.id,
                Verb.EXTEND,
                self.drop.secret(Verb.EXTEND),
                Extend.model_construct(extra=format_condition(extra)),
            )
        except Malformed:
            return
        self.condition = extended(self.condition, extra)

    def restart(self, _: None) -> None:
        self.rig.keeper.close()
        self.rig.start()
        self.claims = []

    def right(self) -> tuple[bytes, Verb, bytes]:
        return self.drop.id, Verb.CLAIM, self.drop.secret(Verb.CLAIM)

    def opened(self, asker: Asker) -> bool:
        try:
            self.rig.keeper.content(*self.right(), asker)
        except Locked:
            return False
        return True

    def check(self) -> None:
        """Nobody gets in whom the facts don't let in, and nobody else is kept out."""
        for place in PLACES:
            near = place == FakeLinks.NEIGHBOUR
            for claim in self.claims:
                expected = truth(self.condition, self.facts(near, claim.pressed))
                assert self.opened(Asker(place, claim.name)) == expected
                claim.near, claim.since = near, self.elapsed if claim.pressed else claim.since
            assert self.opened(Asker(place)) == truth(self.condition, self.facts(near, pressed=False))


@pytest.fixture(scope="module")
def rig() -> Rig:
    rig = Rig(None)
    rig.kept = rig.locked()
    return rig


@given(numbered(), st.lists(STEPS, max_size=14))
@settings(deadline=None)
def test_no_history_without_its_proof_opens_a_lock(rig: Rig, condition: Condition, steps: list) -> None:
    history = History(rig, condition)
    history.check()
    for step in steps:
        history.happen(*step)
        history.check()


@given(numbered(), st.lists(STEPS.filter(lambda step: step[0] != "extend"), max_size=10))
@settings(deadline=None)
def test_what_once_opened_without_a_claim_stays_open(rig: Rig, condition: Condition, steps: list) -> None:
    history, nobody = History(rig, condition), Asker(FakeLinks.FAR)
    for step in steps:
        was_open = history.opened(nobody)
        history.happen(*step)
        assert history.opened(nobody) >= was_open


@given(numbered(), st.lists(numbered(), min_size=1, max_size=3), st.lists(STEPS, max_size=8))
@settings(deadline=None)
def test_extending_never_lets_anybody_in_who_was_kept_out(
    rig: Rig, condition: Condition, extras: list[Condition], steps: list
) -> None:
    history = History(rig, condition)
    for step in steps:
        history.happen(*step)
    askers = [Asker(place, claim.name) for place in PLACES for claim in history.claims] + [Asker(FakeLinks.FAR)]
    for extra in extras:
        before, earlier = [history.opened(asker) for asker in askers], said(history)
        history.extend(extra)
        assert all(was >= now for was, now in zip(before, map(history.opened, askers), strict=True))
        assert said(history)[: len(earlier)] == earlier
        assert said(history) == earlier or said(history)[-len(forms(extra)) :] == forms(extra)


def said(history: History) -> list[Condition]:
    """The single forms of the condition that the custodian says it keeps."""
    return forms(parse(history.rig.keeper.status(*history.right()).condition))
