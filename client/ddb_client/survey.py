"""What the custodians of a drop say of it, side by side, and what follows from that."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

from ddb_client.core.outlook import Post, listed, opening
from ddb_client.core.ticket import Holder, Ticket
from ddb_client.custody import each
from ddb_client.errors import Failure, Refused
from ddb_client.ports import CustodianApi
from ddb_contract.conditions import opens_after
from ddb_contract.grammar import parse
from ddb_contract.messages import DropStatus


@dataclass(frozen=True)
class Standing:
    """One holder of a drop now. `left`: seconds until its condition can hold, 0 if it does, None if nobody knows.

    `state` is the share's at the custodian, or `unreachable`, `unknown`, `failing`; a pad is `kept`.
    `next_change`: seconds until the verdict may change, None if time alone changes nothing.
    """

    holder: Holder
    state: str
    holds: bool
    reasons: tuple[str, ...]
    next_change: float | None
    left: float | None
    damaged: bool = False

    @property
    def held(self) -> bool:
        """Whether the share is there, locked or not, as far as can be told now."""
        return self.state in ("locked", "collected")


def ask_all(ticket: Ticket, apis: Sequence[CustodianApi]) -> list[Standing]:
    """How every custodian of the drop stands, in the ticket's order."""
    answers = each(apis, lambda api: api.status(ticket.drop, ticket.claim(api.id)))
    return [_standing(holder, answers[holder.custodian or ""]) for holder in ticket.custodians]


def _standing(holder: Holder, answer: DropStatus | Failure) -> Standing:
    match answer:
        case DropStatus():
            held = answer.state in ("locked", "collected")
            holds = held and answer.verdict.holds
            left = 0.0 if holds else _left(answer) if held else None
            reasons = tuple(answer.verdict.reasons) if held else (f"the share is {answer.state}",)
            change = answer.verdict.next_change if held else None
            return Standing(holder, answer.state, holds, reasons, change, left, answer.damaged)
        case Refused(status=404):
            return Standing(holder, "unknown", False, ("it knows no such drop",), None, None)
        case Refused(status=410):
            return Standing(holder, "destroyed", False, ("the share was destroyed",), None, None)
        case Refused():
            return Standing(holder, "failing", False, (answer.message,), None, None)
        case _:
            return Standing(holder, "unreachable", False, (answer.message,), None, None)


def _left(status: DropStatus) -> float | None:
    opens = opens_after(parse(status.condition))
    if opens is None or status.locked_at is None:
        return None
    return max(0.0, opens - (status.custody_now - status.locked_at))


def withheld(standing: Standing, answer: object) -> Standing:
    """The same custodian after it was asked for its share and failed; 423 means that it is locked after all."""
    if not isinstance(answer, Failure) or not standing.holds:
        return standing
    if isinstance(answer, Refused) and answer.status == 423:
        return replace(standing, holds=False, reasons=answer.reasons, left=answer.next_change)
    return replace(standing, holds=False, state="unreachable", reasons=(answer.message,), left=None)


def opens_in(ticket: Ticket, standings: Sequence[Standing]) -> float | None:
    """Seconds until so many of these may release that the drop can be had (a pad counts as there); None if never."""
    posts = [Post(s.holder.name, s.holder.index >= 16, s.left) for s in standings]
    pads = [Post(holder.name, True, 0.0) for holder in ticket.holders if holder.custodian is None]
    return opening(ticket.k, [*posts, *pads])


def reasons_of(standings: Sequence[Standing]) -> list[str]:
    """Why each doesn't release yet, by name."""
    return [f"{s.holder.name}: {'; '.join(s.reasons)}" for s in standings if not s.holds]


def what_is_wrong(standings: Sequence[Standing]) -> str:
    """A sentence about those that hold nothing now."""
    return listed(f"{s.holder.name} is {s.state}" for s in standings if not s.held)


def seconds(left: float) -> int:
    """Rounded up, at least one."""
    return max(1, ceil(left))
