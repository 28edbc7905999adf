"""The table of states: complete, closed, and no way around the lock. docs/states.md is drawn from it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddb_contract.conditions import Facts
from ddb_custodian.core import release
from ddb_custodian.core.states import COMMITTED, OVER, TRANSITIONS, Event, IllegalTransition, State, after

PAGE = Path(__file__).parents[3] / "docs" / "states.md"


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_every_pair_is_in_the_table_or_illegal(state: State, event: Event) -> None:
    if (state, event) in TRANSITIONS:
        assert after(state, event) is TRANSITIONS[state, event]
    else:
        with pytest.raises(IllegalTransition, match=f"{event} is impossible for a share that is {state}"):
            after(state, event)


def test_every_state_is_reached_and_can_be_destroyed() -> None:
    assert {State.RECEIVING, *TRANSITIONS.values()} == set(State)
    for state in State:
        assert after(state, Event.DESTROY) in OVER


@given(st.lists(st.tuples(st.sampled_from(Event), st.floats(0, 20)), max_size=30))
def test_no_sequence_of_events_reaches_content_without_a_lock_that_holds(history: list[tuple[Event, float]]) -> None:
    state, now, locked_at, events = State.RECEIVING, 0.0, None, []
    for event, pause in history:
        now += pause
        try:
            following = after(state, event)
        except IllegalTransition:
            continue
        locked_at = now if following is State.LOCKED and state is State.STORED else locked_at
        state = following
        events.append(event)
        if release.verdict(state, "after 10s", None if locked_at is None else Facts(now - locked_at)).holds:
            assert state in COMMITTED
            assert events.index(Event.STORE) < events.index(Event.COMMIT)
            assert locked_at is not None
            assert now - locked_at >= 10


@given(st.sampled_from(sorted(OVER)), st.lists(st.sampled_from(Event), max_size=10))
def test_what_is_over_stays_over(state: State, events: list[Event]) -> None:
    for event in events:
        if (state, event) in TRANSITIONS:
            state = after(state, event)
    assert state in OVER


def page() -> str:
    """docs/states.md, from the table."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for (state, event), following in TRANSITIONS.items():
        arrows.setdefault((state.value, following.value), []).append(event.value)
    lines = [f"    {here} --> {there}: {', '.join(events)}" for (here, there), events in arrows.items()]
    ends = [f"    {state.value} --> [*]" for state in State if state in OVER]
    return "\n".join(
        [
            "# The life of a share",
            "",
            "Drawn from the table in `custodian/ddb_custodian/core/states.py`; a test keeps it true. Whatever has no",
            "arrow is refused. `damaged` is a flag, not a state: the good stripes of a damaged share still serve.",
            "Whether a locked share is released is its condition's verdict, judged each time; it is no state either.",
            "",
            "```mermaid",
            "stateDiagram-v2",
            "    [*] --> receiving: reserve",
            *lines,
            *ends,
            "```",
            "",
        ]
    )


def test_the_diagram_in_the_docs_is_the_table() -> None:
    assert PAGE.read_text() == page(), "write page() of this module to docs/states.md"
