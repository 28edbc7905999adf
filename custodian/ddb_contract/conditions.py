"""Release conditions: an immutable tree, its one text form, and the one function that judges it.

Everything here is pure. Time enters only as `Facts.elapsed`, seconds of custody time since the lock.
"""

from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import assert_never

MAX_TEXT = 1000
MAX_DEPTH = 8
MAX_SECONDS = 10 * 366 * 86_400
"""Ten years: a longer duration is refused on both sides."""


@dataclass(frozen=True)
class After:
    """`after 72h`: holds once that many seconds of custody time have passed since the lock. Lasting."""

    seconds: int


@dataclass(frozen=True)
class At:
    """`at 2026-12-24T18:00+01:00`: a wish only; `resolve` makes it an `After` before anything is sent."""

    when: datetime


@dataclass(frozen=True)
class AllOf:
    """`a and b`: holds when every part holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True)
class AnyOf:
    """`a or b`: holds when one part holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True)
class AtLeast:
    """`2 of (a, b, c)`: holds when so many parts hold."""

    count: int
    parts: tuple["Condition", ...]


Condition = After | At | AllOf | AnyOf | AtLeast


@dataclass(frozen=True)
class Facts:
    """What a custodian knows when it judges. `elapsed`: custody seconds since the lock, a lower bound."""

    elapsed: float


@dataclass(frozen=True)
class Verdict:
    """A judgement: `holds`, the `reasons` in words, and in how many seconds of custody time it may change.

    `next_change` is None when time alone changes nothing more.
    """

    holds: bool
    reasons: tuple[str, ...]
    next_change: float | None


def judge(condition: Condition, facts: Facts) -> Verdict:
    """Whether the condition holds, and why. A pending `At` never holds: doubt means no release."""
    match condition:
        case After(seconds):
            left = seconds - facts.elapsed
            if left <= 0:
                return Verdict(True, (f"{duration(seconds)} have passed",), None)
            return Verdict(False, (f"{duration(ceil(left))} of {duration(seconds)} left",), left)
        case At():
            return Verdict(False, ("a date was never turned into a duration",), None)
        case AllOf(parts):
            return _at_least(len(parts), parts, facts)
        case AnyOf(parts):
            return _at_least(1, parts, facts)
        case AtLeast(count, parts):
            return _at_least(count, parts, facts)
    assert_never(condition)


def _at_least(count: int, parts: tuple[Condition, ...], facts: Facts) -> Verdict:
    verdicts = [judge(part, facts) for part in parts]
    holds = sum(verdict.holds for verdict in verdicts) >= count
    telling = [verdict for verdict in verdicts if verdict.holds == holds]
    changes = [] if holds else [v.next_change for v in verdicts if v.next_change is not None]
    reasons = [reason for verdict in telling for reason in verdict.reasons]
    if not holds and count < len(parts):
        reasons.insert(0, f"{len(parts) - len(telling)} of the {count} needed parts hold")
    return Verdict(holds, tuple(dict.fromkeys(reasons)), min(changes, default=None))


def opens_after(condition: Condition) -> float | None:
    """The least custody seconds since the lock after which the condition can hold; None if never by time alone."""
    match condition:
        case After(seconds):
            return seconds
        case At():
            return None
        case AllOf(parts):
            return _nth(len(parts), parts)
        case AnyOf(parts):
            return _nth(1, parts)
        case AtLeast(count, parts):
            return _nth(count, parts)
    assert_never(condition)


def _nth(count: int, parts: tuple[Condition, ...]) -> float | None:
    times = sorted(t for t in map(opens_after, parts) if t is not None)
    return times[count - 1] if len(times) >= count else None


def resolve(condition: Condition, now: datetime) -> Condition:
    """The condition with every date as the duration from `now` (zone-aware), rounded up to whole seconds.

    Raises ValueError for a date that is not in the future or is more than ten years away.
    """
    match condition:
        case After():
            return condition
        case At(when):
            seconds = ceil((when - now).total_seconds())
            if seconds <= 0:
                raise ValueError(f"{when.isoformat()} has already passed")
            if seconds > MAX_SECONDS:
                raise ValueError(f"{when.isoformat()} is more than ten years away")
            return After(seconds)
        case AllOf(parts):
            return AllOf(tuple(resolve(part, now) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(resolve(part, now) for part in parts))
        case AtLeast(count, parts):
            return AtLeast(count, tuple(resolve(part, now) for part in parts))
    assert_never(condition)


def pending(condition: Condition) -> bool:
    """Whether a date in it still waits for `resolve`; a custodian refuses such a condition."""
    match condition:
        case After():
            return False
        case At():
            return True
        case AllOf(parts) | AnyOf(parts) | AtLeast(_, parts):
            return any(pending(part) for part in parts)
    assert_never(condition)


def format_condition(condition: Condition) -> str:
    """The one text form, which `grammar.parse` turns back into an equal tree."""
    match condition:
        case After(seconds):
            return f"after {duration(seconds)}"
        case At(when):
            return f"at {when.isoformat()}"
        case AllOf(parts):
            return " and ".join(_operand(part) for part in parts)
        case AnyOf(parts):
            return " or ".join(_operand(part) for part in parts)
        case AtLeast(count, parts):
            return f"{count} of ({', '.join(format_condition(part) for part in parts)})"
    assert_never(condition)


def _operand(condition: Condition) -> str:
    text = format_condition(condition)
    return f"({text})" if isinstance(condition, AllOf | AnyOf) else text


def depth(condition: Condition) -> int:
    """Levels of the tree; a single form is 1."""
    match condition:
        case After() | At():
            return 1
        case AllOf(parts) | AnyOf(parts) | AtLeast(_, parts):
            return 1 + max(depth(part) for part in parts)
    assert_never(condition)


def duration(seconds: int) -> str:
    """Seconds in the grammar's own words: 273600 is `3d 4h`."""
    words, rest = [], seconds
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        if count:
            words.append(f"{count}{unit}")
    return " ".join(words) or "0s"
