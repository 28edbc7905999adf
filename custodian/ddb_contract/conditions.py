"""Release conditions: an immutable tree, its one text form, and the one function that judges it.

Everything here is pure. Time enters only as `Facts.elapsed`, seconds of custody time since the lock. Lasting forms stay
true once they are; momentary ones (`button`, `home`) are judged for one claim only, never latched.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil
from typing import assert_never

MAX_TEXT = 1000
MAX_DEPTH = 8
MAX_APPROVERS = 16
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
class Approvals:
    """`approvals 2 of (notary, sister)`: holds once so many of them entered their code. Lasting.

    `of` has names on the laptop and numbers, counted from 1, at a custodian: it never learns a name.
    """

    count: int
    of: tuple[str, ...]


@dataclass(frozen=True)
class Button:
    """`button`: holds for a claim when the custodian's button was pressed after that claim was made. Momentary."""


@dataclass(frozen=True)
class Home:
    """`home`: holds for a claim that comes over the custodian's own physical link. Momentary, and never alone."""


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


Group = AllOf | AnyOf | AtLeast
Condition = After | At | Approvals | Button | Home | Group


@dataclass(frozen=True)
class Facts:
    """What a custodian knows when it judges. `elapsed`: custody seconds since the lock, a lower bound.

    `approved`: whose approval is here, by number. `pressed` and `near` are true for one claim only.
    """

    elapsed: float
    approved: frozenset[str] = frozenset()
    pressed: bool = False
    near: bool = False


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
        case Approvals(count, of):
            given = len(facts.approved.intersection(of))
            return Verdict(given >= count, (f"{given} of the {count} needed approvals given",), None)
        case Button():
            words = "the button was pressed" if facts.pressed else "the button must be pressed for this claim"
            return Verdict(facts.pressed, (words,), None)
        case Home():
            words = "asked from its own network" if facts.near else "must be asked from its own network"
            return Verdict(facts.near, (words,), None)
        case AllOf() | AnyOf() | AtLeast():
            return _judge_group(condition, facts)
    assert_never(condition)


def _judge_group(group: Group, facts: Facts) -> Verdict:
    count, verdicts = needed(group), [judge(part, facts) for part in group.parts]
    holds = sum(verdict.holds for verdict in verdicts) >= count
    telling = [verdict for verdict in verdicts if verdict.holds == holds]
    changes = [] if holds else [v.next_change for v in verdicts if v.next_change is not None]
    reasons = [reason for verdict in telling for reason in verdict.reasons]
    if not holds and count < len(verdicts):
        reasons.insert(0, f"{len(verdicts) - len(telling)} of the {count} needed parts hold")
    return Verdict(holds, tuple(dict.fromkeys(reasons)), min(changes, default=None))


def needed(group: Group) -> int:
    """How many of its parts must hold."""
    match group:
        case AllOf(parts):
            return len(parts)
        case AnyOf():
            return 1
        case AtLeast(count):
            return count
    assert_never(group)


def waits_for_button(condition: Condition, facts: Facts) -> bool:
    """Whether the button is all that is missing."""
    return not judge(condition, facts).holds and judge(condition, replace(facts, pressed=True)).holds


def home_suffices(condition: Condition) -> bool:
    """Whether being at home alone would open it at once: such a condition is refused on both sides."""
    return judge(condition, Facts(0.0, near=True)).holds


def momentary(condition: Condition) -> bool:
    """Whether a form that holds for one claim only is anywhere in it."""
    return any(isinstance(form, Button | Home) for form in forms(condition))


def pending(condition: Condition) -> bool:
    """Whether a date in it still waits for `resolve`; a custodian refuses such a condition."""
    return any(isinstance(form, At) for form in forms(condition))


def approvers(condition: Condition) -> tuple[str, ...]:
    """Everyone whose approval it names, once each, in the order of the text."""
    every = (name for form in forms(condition) if isinstance(form, Approvals) for name in form.of)
    return tuple(dict.fromkeys(every))


def forms(condition: Condition) -> list[Condition]:
    """Its single forms, in the order of the text."""
    if isinstance(condition, Group):
        return [form for part in condition.parts for form in forms(part)]
    return [condition]


def opens_after(condition: Condition) -> float | None:
    """The least custody seconds since the lock after which it holds by time alone; None if it never does."""
    return _earliest(condition, None)


def not_before(condition: Condition) -> float | None:
    """The least custody seconds since the lock at which it can hold, whatever people do; None with a pending date."""
    return _earliest(condition, 0.0)


def _earliest(condition: Condition, by_people: float | None) -> float | None:
    match condition:
        case After(seconds):
            return seconds
        case At():
            return None
        case Approvals() | Button() | Home():
            return by_people
        case AllOf() | AnyOf() | AtLeast():
            times = sorted(t for part in condition.parts if (t := _earliest(part, by_people)) is not None)
            return times[needed(condition) - 1] if len(times) >= needed(condition) else None
    assert_never(condition)


def resolve(condition: Condition, now: datetime) -> Condition:
    """The condition with every date as the duration from `now` (zone-aware), rounded up to whole seconds.

    Raises ValueError for a date that is not in the future or is more than ten years away.
    """

    def dated(form: Condition) -> Condition:
        return After(_until(form.when, now)) if isinstance(form, At) else form

    return rewritten(condition, dated)


def _until(when: datetime, now: datetime) -> int:
    seconds = ceil((when - now).total_seconds())
    if seconds <= 0:
        raise ValueError(f"{when.isoformat()} has already passed")
    if seconds > MAX_SECONDS:
        raise ValueError(f"{when.isoformat()} is more than ten years away")
    return seconds


def renamed(condition: Condition, names: Mapping[str, str]) -> Condition:
    """The condition with every approver called by another name: numbers for a custodian, names for a person."""

    def called(form: Condition) -> Condition:
        return Approvals(form.count, tuple(names[name] for name in form.of)) if isinstance(form, Approvals) else form

    return rewritten(condition, called)


def rewritten(condition: Condition, form: Callable[[Condition], Condition]) -> Condition:
    """The condition with every single form replaced by what `form` makes of it."""
    match condition:
        case AllOf(parts):
            return AllOf(tuple(rewritten(part, form) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(rewritten(part, form) for part in parts))
        case AtLeast(count, parts):
            return AtLeast(count, tuple(rewritten(part, form) for part in parts))
        case _:
            return form(condition)


def extended(old: Condition, extra: Condition) -> AllOf:
    """`old and extra`: the only way a lock changes. It never holds where `old` doesn't."""
    parts = [part for side in (old, extra) for part in (side.parts if isinstance(side, AllOf) else (side,))]
    return AllOf(tuple(parts))


def format_condition(condition: Condition) -> str:
    """The one text form, which `grammar.parse` turns back into an equal tree."""
    match condition:
        case After(seconds):
            return f"after {duration(seconds)}"
        case At(when):
            return f"at {when.isoformat()}"
        case Approvals(count, of):
            return f"approvals {count} of ({', '.join(of)})"
        case Button():
            return "button"
        case Home():
            return "home"
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
    return 1 + max(map(depth, condition.parts)) if isinstance(condition, Group) else 1


def duration(seconds: int) -> str:
    """Seconds in the grammar's own words: 273600 is `3d 4h`."""
    words, rest = [], seconds
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        if count:
            words.append(f"{count}{unit}")
    return " ".join(words) or "0s"
