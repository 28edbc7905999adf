"""What the custodians of a drop say of it, side by side, and what follows from that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

from ddb_client.core.outlook import Post, listed, opening, post, soonest
from ddb_client.core.spoken import awaited
from ddb_client.core.ticket import Holder, Ticket
from ddb_client.custody import each
from ddb_client.errors import Failure, Refused
from ddb_client.ports import CustodianApi
from ddb_contract.conditions import Facts, Home, judge, momentary, waits_for_button
from ddb_contract.messages import DropStatus

_FAR = judge(Home(), Facts(0.0)).reasons[0]


@dataclass(frozen=True)
class Standing:
    """One holder of a drop now. `left`: seconds until its condition can hold, 0 if it does, None if nobody knows.

    `state` is the share's at the custodian, or `unreachable`, `unknown`, `failing`; a pad is `kept`.
    `next_change`: seconds until the verdict may change, None if time alone changes nothing. `by_people`: seconds until
    people can make it hold, None if they can't before `left`. `approved` and `awaits`: who did, and what people
    still have to do. `momentary`: it holds for a claim only, and with `press` its button is what is missing for one.
    """

    holder: Holder
    state: str
    holds: bool
    reasons: tuple[str, ...]
    next_change: float | None
    left: float | None
    damaged: bool = False
    by_people: float | None = None
    approved: tuple[str, ...] = ()
    awaits: tuple[str, ...] = ()
    momentary: bool = False
    press: bool = False

    @property
    def held(self) -> bool:
        """Whether the share is there, locked or not, as far as can be told now."""
        return self.state in ("locked", "collected")


def ask_all(ticket: Ticket, apis: Sequence[CustodianApi], made: Mapping[str, str] | None = None) -> list[Standing]:
    """How every custodian of the drop stands, in the ticket's order. `made`: the claims made there, by id."""
    claims = made or {}
    answers = each(apis, lambda api: api.status(ticket.drop, ticket.claim(api.id), claims.get(api.id, "")))
    return [_standing(ticket, holder, answers[holder.custodian or ""]) for holder in ticket.custodians]


def _standing(ticket: Ticket, holder: Holder, answer: DropStatus | Failure) -> Standing:
    match answer:
        case DropStatus(state="locked" | "collected"):
            return _held(ticket, holder, answer)
        case DropStatus():
            reasons = (f"the share is {answer.state}",)
            return Standing(holder, answer.state, False, reasons, None, None, answer.damaged)
        case Refused(status=404):
            return Standing(holder, "unknown", False, ("it knows no such drop",), None, None)
        case Refused(status=410):
            return Standing(holder, "destroyed", False, ("the share was destroyed",), None, None)
        case Refused():
            return Standing(holder, "failing", False, (answer.message,), None, None)
        case _:
            return Standing(holder, "unreachable", False, (answer.message,), None, None)


def _held(ticket: Ticket, holder: Holder, status: DropStatus) -> Standing:
    verdict, passed = status.verdict, status.custody_now - (status.locked_at or 0.0)
    standing = Standing(
        holder, status.state, verdict.holds, tuple(verdict.reasons), verdict.next_change, None, status.damaged
    )
    try:
        condition = ticket.named(status.condition)
    except ValueError:
        return replace(standing, left=0.0 if verdict.holds else None)
    approved = frozenset(ticket.names.get(str(number), "") for number in status.approved)
    facts = Facts(passed, approved, near=_FAR not in verdict.reasons)
    own = post(holder.name, False, condition, passed)
    return replace(
        standing,
        left=0.0 if verdict.holds else own.opens,
        by_people=None if verdict.holds else own.by_people,
        approved=tuple(name for name in ticket.names.values() if name in approved),
        awaits=() if verdict.holds else tuple(awaited(condition, facts)),
        momentary=momentary(condition),
        press=not verdict.holds and waits_for_button(condition, facts),
    )


def withheld(standing: Standing, answer: object) -> Standing:
    """The same custodian after it was asked for its share and failed; 423 means that it is locked after all."""
    if not isinstance(answer, Failure) or not standing.holds:
        return standing
    if isinstance(answer, Refused) and answer.status == 423:
        return replace(standing, holds=False, reasons=answer.reasons, left=answer.next_change)
    return replace(standing, holds=False, state="unreachable", reasons=(answer.message,), left=None)


def changes_in(ticket: Ticket, standings: Sequence[Standing]) -> float | None:
    """Seconds until so many of these may release that the drop can be had, by people's help or without; a pad counts
    as there. None if time alone brings nothing more.
    """
    posts = [Post(s.holder.name, s.holder.index >= 16, s.left, s.by_people) for s in standings]
    posts += [Post(holder.name, True, 0.0) for holder in ticket.holders if holder.custodian is None]
    return soonest(ticket.k, posts) or opening(ticket.k, posts)


def reasons_of(standings: Sequence[Standing]) -> list[str]:
    """Why each doesn't release yet, by name."""
    return [f"{s.holder.name}: {'; '.join(s.reasons)}" for s in standings if not s.holds]


def what_is_wrong(standings: Sequence[Standing]) -> str:
    """A sentence about those that hold nothing now."""
    gone = [s for s in standings if not s.held]
    return listed(s.reasons[0] if s.state == "unreachable" else f"{s.holder.name} is {s.state}" for s in gone)


def seconds(left: float) -> int:
    """Rounded up, at least one."""
    return max(1, ceil(left))
