"""Locking a drop for longer, or under more conditions: `old and extra` at every custodian, never anything else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ddb_client.core.agreed import disagreement
from ddb_client.core.extension import from_then, grown_from, outcome, tail_for
from ddb_client.core.outlook import Post, listed, opening, post, soonest
from ddb_client.core.ticket import Holder, OwnerKey, Ticket
from ddb_client.custody import each, failures, reach
from ddb_client.errors import BadTicket, Failure, TooFewCustodians, Usage
from ddb_client.locking import Disagreed, right_hashes
from ddb_client.ports import CustodianApi, World
from ddb_contract.conditions import (
    After,
    At,
    Condition,
    approvers,
    format_condition,
    renamed,
    rewritten,
)
from ddb_contract.grammar import parse
from ddb_contract.messages import DropStatus
from ddb_contract.rights import Verb


@dataclass(frozen=True)
class Change:
    """What one custodian's condition is to become: `old and extra`, counted from the lock, approvers as numbers.

    `passed`: custody seconds since the lock. `again`: an earlier try reached it already.
    """

    holder: Holder
    old: Condition
    extra: Condition
    new: Condition
    passed: float
    again: bool


@dataclass(frozen=True)
class Extension:
    """The plan: what changes, and why some can't be asked, by name. `repeat` says the same at any later time."""

    ticket: Ticket
    changes: tuple[Change, ...]
    silent: Mapping[str, str]
    repeat: str
    before: tuple[Post, ...]
    after: tuple[Post, ...]

    def opens(self, posts: Sequence[Post]) -> tuple[float | None, float | None]:
        """Seconds from now until it opens by time alone, and until people can open it at the earliest."""
        return opening(self.ticket.k, posts), soonest(self.ticket.k, posts)


@dataclass(frozen=True)
class Extended:
    """What came of it: the ticket as it is now, who `confirmed`, and why the others didn't, by name."""

    ticket: Ticket
    confirmed: tuple[str, ...]
    failed: Mapping[str, str]

    @property
    def in_force(self) -> bool:
        """Whether the drop can't be had any more under its old conditions."""
        holders = [holder for holder in self.ticket.custodians if holder.name in self.confirmed]
        outer = any(holder.index >= self.ticket.n for holder in holders)
        return outer or len(holders) > self.ticket.n - self.ticket.k


def plan_extension(world: World, ticket: Ticket, extra: Condition) -> Extension:
    """Asks all custodians how they stand. `extra` has names, and means `after` from now. Changes nothing anywhere.

    Raises Usage, BadTicket without the owner key, TooFewCustodians when nobody can be asked.
    """
    _check(world, ticket, extra)
    numbers, now = {name: number for number, name in ticket.names.items()}, world.clock.now()
    wanted = renamed(extra, numbers)
    answers = each(reach(world, ticket), lambda api: _change(api, ticket, wanted, now))
    changes = [answer for answer in answers.values() if isinstance(answer, Change)]
    silent = {ticket.holder(i).name: failure.message for i, failure in failures(answers).items()}
    for failure in failures(answers).values():
        if isinstance(failure, Usage):
            raise failure
    if not changes:
        raise TooFewCustodians(f"{ticket.label} can't be extended: {listed(silent.values())}", "try again later")
    return Extension(ticket, tuple(changes), silent, _repeat(extra, now), *_posts(ticket, changes, now))


def _check(world: World, ticket: Ticket, extra: Condition) -> None:
    if ticket.phase not in ("locked", "wiped"):
        raise Usage(f"{ticket.label} is {ticket.phase}, so there is no lock to extend")
    if world.owner_keys.read(ticket.drop_bytes) is None:
        raise BadTicket(f"the owner key of {ticket.label} is not on this laptop", "only it can extend the drop")
    strangers = [name for name in approvers(extra) if name not in ticket.names.values()]
    if strangers:
        known = listed(ticket.names.values()) or "nobody"
        raise Usage(f"{listed(strangers)} got no code for {ticket.label}", f"codes were handed out to {known}")


def _change(api: CustodianApi, ticket: Ticket, extra: Condition, now: datetime) -> Change:
    holder, status = ticket.holder(api.id), api.status(ticket.drop, ticket.claim(api.id))
    if status.state not in ("locked", "collected") or status.locked_at is None:
        raise Failure(f"{api.name}: the share is {status.state}")
    old = _kept(ticket, holder, status)
    passed = status.custody_now - status.locked_at
    try:
        own = from_then(extra, passed, now)
        tail = tail_for(old, own)
        return Change(holder, old, tail or own, old if tail else outcome(old, own), passed, tail is not None)
    except ValueError as error:
        raise Usage(str(error)) from None


def _kept(ticket: Ticket, holder: Holder, status: DropStatus) -> Condition:
    try:
        ticket.named(status.condition)
        condition = parse(status.condition)
    except ValueError:
        condition = None
    if condition is None or holder.condition is None or not grown_from(parse(holder.condition), condition):
        raise Disagreed(f"{holder.name} keeps another condition than the ticket says")
    return condition


def _repeat(extra: Condition, now: datetime) -> str:
    def dated(form: Condition) -> Condition:
        return At((now + timedelta(seconds=form.seconds)).astimezone()) if isinstance(form, After) else form

    return format_condition(rewritten(extra, dated))


def _posts(ticket: Ticket, changes: Sequence[Change], now: datetime) -> tuple[tuple[Post, ...], tuple[Post, ...]]:
    changed = {change.holder.custodian: change for change in changes}
    since = (now - datetime.fromisoformat(ticket.created)).total_seconds()
    before, after = [], []
    for holder in ticket.holders:
        own, outer = changed.get(holder.custodian), holder.index >= ticket.n
        kept = parse(holder.condition) if holder.condition else None
        before.append(post(holder.name, outer, own.old if own else kept, own.passed if own else since))
        after.append(post(holder.name, outer, own.new if own else kept, own.passed if own else since))
    return tuple(before), tuple(after)


def extend(world: World, extension: Extension) -> Extended:
    """Sends what was planned. Every new condition is in the ticket once its custodian has signed for it.

    Raises Failure while another process has the drop in hand.
    """
    ticket, owner = extension.ticket, world.owner_keys.read(extension.ticket.drop_bytes)
    assert owner is not None
    changes = {change.holder.custodian or "": change for change in extension.changes}
    with world.journals.alone(ticket.drop_bytes) as mine:
        if not mine:
            raise Failure(f"another ddb has {ticket.label} in hand", "wait until it is done")
        apis = [api for api in reach(world, ticket) if api.id in changes]
        answers = each(apis, lambda api: _send(api, ticket, owner, changes[api.id]))
        signed = {answer.custodian: answer for answer in answers.values() if isinstance(answer, Holder)}
        extended = ticket.model_copy(update={"holders": [signed.get(h.custodian, h) for h in ticket.holders]})
        world.tickets.write(extended)
    failed = {ticket.holder(i).name: failure.message for i, failure in failures(answers).items()}
    return Extended(extended, tuple(holder.name for holder in signed.values()), {**extension.silent, **failed})


def _send(api: CustodianApi, ticket: Ticket, owner: OwnerKey, change: Change) -> Holder:
    secret = owner.secret(Verb.EXTEND, api.id)
    receipt = api.extend(ticket.drop, secret, format_condition(change.extra))
    holder = change.holder.model_copy(update={"condition": format_condition(change.new)})
    field = disagreement(receipt, "locked", ticket, holder, right_hashes(ticket, owner, api.id))
    if field is not None:
        raise Disagreed(f"{holder.name} signed another {field} than was asked for", "don't trust this custodian")
    return holder
