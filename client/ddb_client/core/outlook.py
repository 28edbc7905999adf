"""When a drop can open, which losses it survives, and which conditions change nothing: the "what if" of every plan."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

When = Callable[[float], str]
"""Says a moment, given as seconds from now, in the person's own time."""


@dataclass(frozen=True)
class Post:
    """One holder. `opens`: seconds from now until its condition can hold, None if never by time alone.

    An `outer` holder is needed whatever the others do.
    """

    name: str
    outer: bool
    opens: float | None


def opening(k: int, posts: Sequence[Post]) -> float | None:
    """Seconds from now until `k` of the group and every outer holder may release; None if never by time alone."""
    outer = [post.opens for post in posts if post.outer]
    group = sorted(opens for post in posts if not post.outer and (opens := post.opens) is not None)
    known = [opens for opens in outer if opens is not None]
    return max(*known, group[k - 1], 0.0) if len(known) == len(outer) and len(group) >= k else None


def inert(k: int, posts: Sequence[Post]) -> dict[str, list[str]]:
    """Holders whose longer condition changes nothing while others are there: by name, who suffices without them."""
    at = opening(k, posts)
    group = sorted((post for post in posts if not post.outer), key=lambda post: _sortable(post.opens))
    if at is None:
        return {}
    suffice = [post.name for post in group[:k]]
    return {post.name: suffice for post in group[k:] if _sortable(post.opens) > at}


def what_if(k: int, posts: Sequence[Post], when: When) -> list[str]:
    """Sentences about every loss that matters, single holders first."""
    at, group = opening(k, posts), [post for post in posts if not post.outer]
    losses: dict[str, list[str]] = {}
    for post in posts:
        losses.setdefault(_if_lost(post, k, posts, at, when), []).append(post.name)
    lines = [f"if {_one_of(names)} is lost, {then}" for then, names in losses.items()]
    spare = len(group) - k
    if spare:
        lines.append(f"if any {spare + 1} of {listed(post.name for post in group)} are lost, the drop is lost for good")
    for name, suffice in inert(k, posts).items():
        lines.append(f"the longer condition of {name} changes nothing while {listed(suffice)} are there: they suffice")
    early = [post.name for post in group if at is not None and _sortable(post.opens) < at]
    if early:
        lines.append(f"the shorter condition of {listed(early)} opens nothing by itself")
    return lines


def _if_lost(lost: Post, k: int, posts: Sequence[Post], at: float | None, when: When) -> str:
    rest = [post for post in posts if post is not lost]
    if lost.outer or sum(not post.outer for post in rest) < k:
        return "the drop is lost for good"
    then = opening(k, rest)
    if then is None:
        return "time alone opens it no more"
    return f"it opens {'all the same' if then == at else 'on ' + when(then)}"


def _one_of(names: Sequence[str]) -> str:
    return f"one of {listed(names)}" if len(names) > 1 else names[0]


def listed(names: Iterable[str]) -> str:
    """`a, b and c`."""
    every = list(names)
    return " and ".join([", ".join(every[:-1]), every[-1]] if len(every) > 1 else every)


def _sortable(opens: float | None) -> float:
    return float("inf") if opens is None else opens
