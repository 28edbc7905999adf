"""Moments, conditions and places, between people and the use cases."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from ddb_client.core.outlook import When
from ddb_client.errors import Usage
from ddb_contract.conditions import AllOf, Condition
from ddb_contract.grammar import BadCondition, parse

_EXAMPLE = "for example --release 'after 72h', or for one custodian --release attic='after 7d'"


def local(moment: datetime) -> str:
    """A moment in the person's own zone, to the second, with its offset."""
    return moment.astimezone().isoformat(sep=" ", timespec="seconds")


def iso(moment: datetime | None) -> str | None:
    """A moment for `--json`."""
    return moment.astimezone().isoformat(timespec="seconds") if moment is not None else None


def from_now(now: datetime) -> When:
    """Says moments given as seconds from `now`."""
    return lambda seconds: local(now + timedelta(seconds=seconds))


def releases(texts: Sequence[str]) -> tuple[Condition | None, dict[str, Condition]]:
    """`COND` and `NAME=COND` as given: what holds for all (several must all hold), and for single custodians."""
    if not texts:
        raise Usage("nothing says when the drop may open", _EXAMPLE)
    shared, own = list[Condition](), dict[str, Condition]()
    for text in texts:
        name, equals, condition = text.partition("=")
        if not equals:
            shared.append(parsed(text))
        elif name.strip() in own:
            raise Usage(f"{name.strip()} has two release conditions", "join them with `and`")
        else:
            own[name.strip()] = parsed(condition)
    return (AllOf(tuple(shared)) if len(shared) > 1 else shared[0] if shared else None), own


def parsed(text: str) -> Condition:
    """The condition that a person typed. Raises Usage with the place where it goes wrong."""
    try:
        return parse(text)
    except BadCondition as error:
        raise Usage(str(error), _EXAMPLE) from None
