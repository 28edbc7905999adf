"""When a drop can open, which losses it survives, and which conditions change nothing: the "what if" of every plan."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from ddb_contract.conditions import Condition, not_before, opens_after

When = Callable[[float], str]
"""Says a moment, given as seconds from now, in the person's own time."""


@dataclass(frozen=True)
class Post:
    """One holder. `opens`: seconds from now until its condition can hold, None if never by time alone.

    `by_people`: seconds until people can make it hold, None if they can't before `opens`. An `outer` holder is needed
    whatever the others do.
    """

    name: str
    outer: bool
    opens: float | None
    by_people: float | None = None

    @property
    def soonest(self) -> float | None:
        """Seconds from now until it can hold at all."""
        return self.opens if self.by_people is None else self.by_people


def post(name: str, outer: bool, condition: Condition | None, passed: float = 0.0) -> Post:
    """The holder with that condition, of which `passed` seconds are over; without a condition it is there now."""
    if condition is None:
        return Post(name, outer, 0.0)
    opens, soonest = _left(opens_after(condition), passed), _left(not_before(condition), passed)
    return Post(name, outer, opens, soonest if soonest != opens else None)


def _left(opens: float | None, passed: float) -> float | None:
    return None if opens is None else max(0.0, opens - passed)


def opening(k: int, posts: Sequence[Post]) -> float | None:
    """Seconds from now until `k` of the group and every outer holder may release; None if never by time alone."""
    outer = [post.opens for post in posts if post.outer]
    group = sorted(opens for post in posts if not post.outer and (opens := post.opens) is not None)
    known = [opens for opens in outer if opens is not None]
    return max(*known, group[k - 1], 0.0) if len(known) == len(outer) and len(group) >= k else None


def soonest(k: int, posts: Sequence[Post]) -> float | None:
    """Seconds from now until so many may release at the earliest, whatever people do."""
    return opening(k, [replace(post, opens=post.soonest) for post in posts])


def inert(k: int, posts: Sequence[Post]) -> dict[str, list[str]]:
    """Holders whose longer condition changes nothing while others are there: by name, who suffices without them."""
    at = opening(k, posts)
    group = sorted((post for post in posts if not post.outer), key=lambda post: _sortable(post.opens))
    if at is None:
        return {}
    suffice = [post.name for post in group[:k]]
    spare = [post for post in group[k:] if _sortable(post.opens) > at]
    return {one.name: suffice for one in spare if soonest(k, _without(one, posts)) == soonest(k, posts)}


def what_if(k: int, posts: Sequence[Post], when: When) -> list[str]:
    """Sentences about every loss that matters, single holders first."""
    at, group = soonest(k, posts), [post for post in posts if not post.outer]
    losses: dict[str, list[str]] = {}
    for post in posts:
        losses.setdefault(_if_lost(post, k, posts, when), []).append(post.name)
    lines = [f"if {_one_of(names)} is lost, {then}" for then, names in losses.items()]
    spare = len(group) - k
    if spare:
        lines.append(f"if any {spare + 1} of {listed(post.name for post in group)} are lost, the drop is lost for good")
    for name, suffice in inert(k, posts).items():
        lines.append(f"the longer condition of {name} changes nothing while {listed(suffice)} are there: they suffice")
    early = [post.name for post in group if at is not None and _sortable(post.soonest) < at]
    if early:
        lines.append(f"the shorter condition of {listed(early)} opens nothing by itself")
    return lines


def _if_lost(lost: Post, k: int, posts: Sequence[Post], when: When) -> str:
    rest = _without(lost, posts)
    if lost.outer or sum(not post.outer for post in rest) < k:
        return "the drop is lost for good"
    at, then, early = opening(k, posts), opening(k, rest), soonest(k, rest)
    if (then, early) == (at, soonest(k, posts)):
        return "it can be had all the same" if at is None else "it opens all the same"
    by_people = "" if early is None or early == then else f"people can have it {_from(early, when)}"
    if then is not None:
        return f"it opens on {when(then)}" + (f"; {by_people}" if by_people else "")
    return "; ".join(
        filter(None, ["time alone opens it no more" if at is not None or not by_people else "", by_people])
    )


def _from(seconds: float, when: When) -> str:
    return f"not before {when(seconds)}" if seconds else "at any time"


def _without(one: Post, posts: Sequence[Post]) -> list[Post]:
    return [post for post in posts if post is not one]


def _one_of(names: Sequence[str]) -> str:
    return f"one of {listed(names)}" if len(names) > 1 else names[0]


def listed(names: Iterable[str]) -> str:
    """`a, b and c`."""
    every = list(names)
    return " and ".join([", ".join(every[:-1]), every[-1]] if len(every) > 1 else every)


def amount(count: int) -> str:
    """A number of bytes for people: `2.86 MiB`."""
    value, units = float(count), ["B", "KiB", "MiB", "GiB", "TiB"]
    while value >= 1024 and len(units) > 1:
        value /= 1024
        units.pop(0)
    return f"{value:.{3 if units[0] != 'B' else 4}g} {units[0]}"


def _sortable(opens: float | None) -> float:
    return float("inf") if opens is None else opens
