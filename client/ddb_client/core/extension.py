"""What an extension becomes at one custodian, whose clock has its own count."""

from datetime import datetime
from math import ceil

from ddb_contract.conditions import (
    MAX_TEXT,
    After,
    AllOf,
    Condition,
    extended,
    format_condition,
    resolve,
    rewritten,
)
from ddb_contract.grammar import BadCondition, parse

SLACK = 5
"""Seconds by which two clocks may have drifted apart between two tries of the same extension."""


def from_then(extra: Condition, elapsed: float, now: datetime) -> Condition:
    """`extra` as seen from now, counted from the lock instead, of which `elapsed` seconds are over.

    Raises ValueError for a date that has passed or is more than ten years away.
    """

    def later(form: Condition) -> Condition:
        return After(ceil(elapsed + form.seconds)) if isinstance(form, After) else form

    return rewritten(resolve(extra, now), later)


def outcome(old: Condition, extra: Condition) -> Condition:
    """The condition after it. Raises ValueError when it is longer or deeper than conditions may be."""
    new = extended(old, extra)
    text = format_condition(new)
    if len(text) > MAX_TEXT:
        raise ValueError(f"the whole condition would be longer than {MAX_TEXT} characters")
    try:
        return parse(text)
    except BadCondition as error:
        raise ValueError(error.why) from None


def grown_from(old: Condition, now: Condition) -> bool:
    """Whether `now` is `old`, or what extensions made of it."""
    return parts(now)[: len(parts(old))] == parts(old)


def tail_for(old: Condition, extra: Condition) -> Condition | None:
    """The end of `old` (or all of it) that says as much already; None if it isn't there.

    An extension that was tried before is known again, give or take clocks.
    """
    wanted, kept = parts(extra), parts(old)
    tail, slack = kept[-len(wanted) :], SLACK if len(wanted) < len(kept) else 0
    if len(tail) == len(wanted) and all(_alike(a, b, slack) for a, b in zip(tail, wanted, strict=True)):
        return AllOf(tail) if len(tail) > 1 else tail[0]
    return None


def parts(condition: Condition) -> tuple[Condition, ...]:
    """All that must hold, side by side."""
    return condition.parts if isinstance(condition, AllOf) else (condition,)


def _alike(kept: Condition, wanted: Condition, slack: int) -> bool:
    if isinstance(kept, After) and isinstance(wanted, After):
        return wanted.seconds - slack <= kept.seconds
    return kept == wanted
