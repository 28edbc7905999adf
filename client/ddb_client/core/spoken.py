"""Conditions in plain words: what a custodian waits for, what is missing now, and where each form is weak."""

from collections.abc import Mapping
from typing import assert_never

from ddb_client.core.outlook import When, listed
from ddb_contract.conditions import (
    After,
    AllOf,
    AnyOf,
    Approvals,
    At,
    AtLeast,
    Button,
    Condition,
    Facts,
    Group,
    Home,
    approvers,
    duration,
    forms,
    judge,
    needed,
)

MINUTES = 15
"""For so long after a claim is made its button may be pressed."""


def spoken(condition: Condition, alone: bool = True) -> str:
    """The words that follow "releases"; `alone` unless another branch could hold in its place."""
    only = "only " if alone else ""
    match condition:
        case After(seconds):
            return f"after {duration(seconds)}"
        case At(when):
            return f"at {when.isoformat()}"
        case Approvals(count, of):
            who = listed(of) if count == len(of) else f"{count} of {listed(of)}"
            return f"once {who} {'approves' if len(of) == 1 else 'approve'}"
        case Button():
            return f"{only}when its button is pressed for that claim"
        case Home():
            return f"{only}when asked from its own network"
        case AllOf(parts):
            return ", and ".join(_part(part, alone) for part in parts)
        case AnyOf(parts):
            return f"either {', or '.join(_part(part, False) for part in parts)}"
        case AtLeast(count, parts):
            return f"once {count} of these hold: {'; '.join(_part(part, False) for part in parts)}"
    assert_never(condition)


def _part(condition: Condition, alone: bool) -> str:
    words = spoken(condition, alone)
    return f"({words})" if isinstance(condition, Group) else words


def timing(opens: float | None, soonest: float | None, when: When) -> str:
    """When it holds by time alone, and how early people can make it hold; both in seconds from now."""
    if soonest is None:
        return "never by time alone"
    earliest = f"not before {when(soonest)}" if soonest else "at any time if people act"
    if opens == soonest:
        return earliest if opens else "now"
    return f"{earliest}, {'never by time alone' if opens is None else f'by time alone on {when(opens)}'}"


def awaited(condition: Condition, facts: Facts) -> list[str]:
    """What people still have to do for it, in words; nothing where it holds, and nothing that time does."""
    if judge(condition, facts).holds:
        return []
    match condition:
        case Approvals(count, of):
            rest = [name for name in of if name not in facts.approved]
            missing = count - (len(of) - len(rest))
            who = listed(rest) if missing == len(rest) else f"{missing} of {listed(rest)}"
            return [f"the approval of {who}"]
        case Button():
            return ["its button, pressed for the claim"]
        case Home():
            return ["a claim from its own network"]
        case After() | At():
            return []
        case _:
            every = [words for part in condition.parts for words in awaited(part, facts)]
            return list(dict.fromkeys(every))


def weak_sides(conditions: Mapping[str, Condition]) -> list[str]:
    """Sentences about what each form asks of people and where it is weak. `conditions` by custodian, with names."""
    lines = [*_of_approvers(conditions)]
    for form, sentence in _SENTENCES.items():
        where = [name for name, condition in conditions.items() if any(isinstance(f, form) for f in forms(condition))]
        if where:
            lines.append(sentence.format(listed(where)))
    either = [name for name, condition in conditions.items() if _has_choice(condition)]
    if either:
        lines.append(f"or: at {listed(either)} the lock is as weak as the weakest branch")
    return lines


_SENTENCES = {
    Button: f"button: somebody must stand at {{}} and press within {MINUTES} minutes after the laptop asked",
    Home: "home: only a laptop on the own network of {} is answered; whoever is let into that network counts as home",
}


def _of_approvers(conditions: Mapping[str, Condition]) -> list[str]:
    names = list(dict.fromkeys(name for condition in conditions.values() for name in approvers(condition)))
    if not names:
        return []
    every = dict.fromkeys(form for c in conditions.values() for form in forms(c) if isinstance(form, Approvals))
    lines = [f"approvers: {listed(names)} get a code on paper; whoever has the paper approves, and can be compelled to"]
    for form in every:
        lost = len(form.of) - form.count + 1
        whose = f"any {lost} of the codes of {listed(form.of)}" if lost < len(form.of) else _all_codes(form.of)
        lines.append(f"risk: without {whose}, the {form.count} needed can never be given")
    return lines


def _all_codes(of: tuple[str, ...]) -> str:
    return f"the code of {of[0]}" if len(of) == 1 else f"the codes of {listed(of)}"


def _has_choice(condition: Condition) -> bool:
    if not isinstance(condition, Group):
        return False
    return needed(condition) < len(condition.parts) or any(map(_has_choice, condition.parts))
