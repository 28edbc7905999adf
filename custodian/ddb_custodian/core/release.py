"""Whether a share may be released: judged anew each time it matters, never latched. Doubt means no."""

from functools import lru_cache

from ddb_contract.conditions import (
    AllOf,
    Condition,
    Facts,
    Verdict,
    approvers,
    extended,
    format_condition,
    home_suffices,
    judge,
    pending,
    waits_for_button,
)
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


def canonical(text: str, known: int) -> str:
    """The condition in its one text form. `known`: how many approvers' digests came with it.

    Raises ValueError for what can't be read, waits for a date, lets `home` open alone, or names other approvers.
    """
    condition = _parse(text)
    if pending(condition):
        raise ValueError("a date must be turned into a duration before it is sent to a custodian")
    if home_suffices(condition):
        raise ValueError("being at home must never suffice alone; add another condition with `and`")
    if not {str(number) for number in range(1, known + 1)}.issuperset(approvers(condition)):
        raise ValueError(f"the condition names approvers whose digests are not here: there are {known} in all")
    return format_condition(condition)


def longer(kept: str, extra: str, known: int) -> str:
    """`kept and extra` in its one text form; `kept` itself where it ends with `extra` already.

    Raises ValueError as `canonical` does, also for a whole that is too long or too deep.
    """
    whole = extended(_parse(kept), _parse(extra)).parts
    tail = extended(_parse(extra), AllOf(())).parts
    before = whole[: -len(tail)]
    return kept if before[-len(tail) :] == tail else canonical(format_condition(AllOf(whole)), known)


@lru_cache(maxsize=256)
def _parsed(text: str) -> Condition | None:
    try:
        return _parse(text)
    except ValueError:
        return None


def readable(text: str) -> bool:
    """Whether a kept condition can be judged at all."""
    return _parsed(text) is not None


def verdict(state: State, text: str, facts: Facts | None) -> Verdict:
    """The judgement on a share. No facts: it was never locked."""
    if state in OVER:
        return _OVER
    if state not in COMMITTED or facts is None:
        return _NOT_LOCKED
    condition = _parsed(text)
    return _UNREADABLE if condition is None else judge(condition, facts)


def waits(state: State, text: str, facts: Facts | None) -> bool:
    """Whether only the button is missing."""
    condition = _parsed(text)
    return state in COMMITTED and facts is not None and condition is not None and waits_for_button(condition, facts)


def expired(state: State, touched_at: float, now: float) -> bool:
    """Whether a share was never committed in time."""
    return state in (State.RECEIVING, State.STORED) and now - touched_at >= EXPIRY
