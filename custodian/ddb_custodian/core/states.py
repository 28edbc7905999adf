"""The life of a share at one custodian: every state, every event, and the only transitions there are.

`damaged` is a flag of a deposit, not a state: the good stripes of a damaged share still serve.
"""

from enum import StrEnum


class State(StrEnum):
    """Where a share is in its life."""

    RECEIVING = "receiving"
    STORED = "stored"
    LOCKED = "locked"
    COLLECTED = "collected"
    DESTROYED = "destroyed"
    ABORTED = "aborted"


class Event(StrEnum):
    """What can happen to a share. `EXPIRE`: it was never committed in time."""

    PIECE = "piece"
    STORE = "store"
    COMMIT = "commit"
    COLLECT = "collect"
    APPROVE = "approve"
    EXTEND = "extend"
    DESTROY = "destroy"
    EXPIRE = "expire"


class IllegalTransition(Exception):
    """This can't happen to a share in that state."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__(f"{event} is impossible for a share that is {state}")
        self.state, self.event = state, event


TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.RECEIVING, Event.PIECE): State.RECEIVING,
    (State.RECEIVING, Event.STORE): State.STORED,
    (State.RECEIVING, Event.DESTROY): State.ABORTED,
    (State.RECEIVING, Event.EXPIRE): State.ABORTED,
    (State.STORED, Event.PIECE): State.STORED,
    (State.STORED, Event.STORE): State.STORED,
    (State.STORED, Event.COMMIT): State.LOCKED,
    (State.STORED, Event.DESTROY): State.ABORTED,
    (State.STORED, Event.EXPIRE): State.ABORTED,
    (State.LOCKED, Event.COMMIT): State.LOCKED,
    (State.LOCKED, Event.COLLECT): State.COLLECTED,
    (State.LOCKED, Event.APPROVE): State.LOCKED,
    (State.LOCKED, Event.EXTEND): State.LOCKED,
    (State.LOCKED, Event.DESTROY): State.DESTROYED,
    (State.COLLECTED, Event.COMMIT): State.COLLECTED,
    (State.COLLECTED, Event.COLLECT): State.COLLECTED,
    (State.COLLECTED, Event.APPROVE): State.COLLECTED,
    (State.COLLECTED, Event.EXTEND): State.COLLECTED,
    (State.COLLECTED, Event.DESTROY): State.DESTROYED,
    (State.DESTROYED, Event.DESTROY): State.DESTROYED,
    (State.ABORTED, Event.DESTROY): State.ABORTED,
}

OVER = frozenset({State.DESTROYED, State.ABORTED})
"""No share is left in these states."""
COMMITTED = frozenset({State.LOCKED, State.COLLECTED})
"""A share is under its lock, which may or may not hold, in these states."""


def after(state: State, event: Event) -> State:
    """The state that follows. Raises IllegalTransition for what the table doesn't have."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise IllegalTransition(state, event) from None
