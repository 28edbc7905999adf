"""How drops stand: each custodian's verdict, when a drop opens, and what could still go wrong."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ddb_client.core.outlook import Post, When, opening, post, soonest, what_if
from ddb_client.core.ticket import Ticket
from ddb_client.custody import reach
from ddb_client.ports import World
from ddb_client.restore import scheme_of
from ddb_client.survey import Standing, ask_all


@dataclass(frozen=True)
class DropStanding:
    """One drop now. `state`: its ticket's phase while something is unfinished, else `locked`, `open`, `collected`, or
    `lost` when too few shares are left. `opens_in`: seconds, None if it won't.

    `posts` take a custodian that doesn't answer for one that counted on since the ticket was made. `soonest`: seconds
    until it opens if people do all that they can.
    """

    ticket: Ticket
    state: str
    opens_in: float | None
    standings: tuple[Standing, ...]
    posts: tuple[Post, ...]
    soonest: float | None = None

    def opens_at(self, now: datetime) -> datetime | None:
        return None if self.opens_in is None else now + timedelta(seconds=self.opens_in)

    @property
    def within_reach(self) -> bool:
        """Whether those that answer now, and the pads, are enough to bring it back once they release."""
        pads = [holder.index for holder in self.ticket.holders if holder.custodian is None]
        return scheme_of(self.ticket).sufficient([*pads, *(s.holder.index for s in self.standings if s.held)])

    def what_if(self, when: When) -> list[str]:
        """Sentences about the losses that it survives and those that it doesn't, from now on."""
        return what_if(self.ticket.k, self.posts, when) if self.state == "locked" else []


def statuses(world: World, tickets: Sequence[Ticket]) -> list[DropStanding]:
    """Of several drops, side by side, in their order."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(lambda ticket: status_of(world, ticket), tickets))


def status_of(world: World, ticket: Ticket) -> DropStanding:
    """Asks all custodians of one drop."""
    standings = ask_all(ticket, reach(world, ticket))
    now = world.clock.now()
    posts = [_post(standing, ticket, now) for standing in standings if standing.held or standing.state in _SILENT]
    posts = _together(posts) + [Post(holder.name, True, 0.0) for holder in ticket.holders if holder.custodian is None]
    state = _state(ticket, standings)
    complete = len([post for post in posts if post.outer]) == len(ticket.holders) - ticket.n
    if not complete or state in ("lost", "destroying", "draft"):
        return DropStanding(ticket, state, None, tuple(standings), tuple(posts))
    opens, early = opening(ticket.k, posts), soonest(ticket.k, posts)
    return DropStanding(ticket, state, opens, tuple(standings), tuple(posts), early)


_AT_ONCE = 8
_APART = 2.0
"""Seconds."""
_SILENT = ("unreachable", "failing")


def _post(standing: Standing, ticket: Ticket, now: datetime) -> Post:
    holder = standing.holder
    if standing.state in _SILENT and holder.condition is not None:
        since = (now - datetime.fromisoformat(ticket.created)).total_seconds()
        return post(holder.name, holder.index >= ticket.n, ticket.named(holder.condition), since)
    return Post(holder.name, holder.index >= ticket.n, standing.left, standing.by_people)


def _together(posts: Sequence[Post]) -> list[Post]:
    """Moments that are hardly apart count as one: custodians were asked, and locked, one after the other."""
    moments: list[float] = []
    for opens in sorted(m for one in posts for m in (one.opens, one.by_people) if m is not None):
        if not moments or opens - moments[-1] > _APART:
            moments.append(opens)

    def rounded(opens: float | None) -> float | None:
        return None if opens is None else max(m for m in moments if m <= opens)

    return [replace(one, opens=rounded(one.opens), by_people=rounded(one.by_people)) for one in posts]


def _state(ticket: Ticket, standings: Sequence[Standing]) -> str:
    if ticket.phase not in ("locked", "wiped"):
        return ticket.phase
    pads, scheme = [h.index for h in ticket.holders if h.custodian is None], scheme_of(ticket)
    if not scheme.sufficient([*pads, *(s.holder.index for s in standings if s.held or s.state in _SILENT)]):
        return "lost"
    if any(standing.state == "collected" for standing in standings):
        return "collected"
    return "open" if scheme.sufficient([*pads, *(s.holder.index for s in standings if s.holds)]) else "locked"
