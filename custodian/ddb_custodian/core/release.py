"""Whether a share may be released: judged anew each time it matters, never latched. Doubt means no."""

from functools import lru_cache

from ddb_contract.conditions import Condition, Facts, Verdict, format_condition, judge, pending
from ddb_custodian.core.states import COMMITTED, OVER, State

EXPIRY = 7 * 86_400.0
"""Custody seconds that a share waits for its commit."""

_OVER = Verdict(False, ("the share was destroyed here",), None)
_NOT_LOCKED = Verdict(False, ("the share was never locked",), None)
_UNREADABLE = Verdict(False, ("the custodian can't read the condition it keeps",), None)


def _parse(text: str) -> Condition:
    """Raises ValueError. The parser takes 2 MB, so it is loaded when there is something to parse."""
    from ddb_contract.grammar import parse

    return parse(text)


def canonical(text: str) -> str:
    """The condition in its one text form. Raises ValueError for what can't be read, or still waits for a date."""
    condition = _parse(text)
    if pending(condition):
        raise ValueError("a date must be turned into a duration before it is sent to a custodian")
    return format_condition(condition)


@lru_cache(maxsize=256)
def _parsed(text: str) -> Condition | None:
    try:
        return _parse(text)
    except ValueError:
        return None


def readable(text: str) -> bool:
    """Whether a kept condition can be judged at all."""
    return _parsed(text) is not None


def verdict(state: State, text: str, locked_at: float | None, now: float) -> Verdict:
    """The judgement on a share at custody time `now`."""
    if state in OVER:
        return _OVER
    if state not in COMMITTED or locked_at is None:
        return _NOT_LOCKED
    condition = _parsed(text)
    return _UNREADABLE if condition is None else judge(condition, Facts(max(0.0, now - locked_at)))


def expired(state: State, touched_at: float, now: float) -> bool:
    """Whether a share was never committed in time."""
    return state in (State.RECEIVING, State.STORED) and now - touched_at >= EXPIRY
