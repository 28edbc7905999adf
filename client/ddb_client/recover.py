"""The way back: ask the custodians, fetch from those that release, join, open, write; only then it is `collected`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ddb_client.claims import Claims
from ddb_client.core.outlook import listed
from ddb_client.core.ticket import Holder, Ticket, open_ticket
from ddb_client.core.words import seed_of
from ddb_client.custody import at_hosts, each, everyone, reach
from ddb_client.errors import Failure, SourceAway, SourceLost, StillLocked, TooFewCustodians, Unreachable
from ddb_client.files import besides, read_pad
from ddb_client.ports import Address, CustodianApi, PieceSource, World
from ddb_client.restore import Restored, name_of, restore, scheme_of
from ddb_client.survey import Standing, ask_all, changes_in, reasons_of, seconds, what_is_wrong, withheld
from ddb_contract.rights import lookup_name
from ddb_contract.shares import root
from ddb_contract.text import b64

_POLL, _POLL_BUTTON = 30, 2
"""Seconds of waiting after which the custodians are asked again at the latest; the second while a button is awaited."""

Tell = Callable[[StillLocked, int], None]
"""Hears every second of waiting: why it is locked, and how many seconds are left."""


@dataclass(frozen=True)
class Wanted:
    """What is to be had back. `to`: None puts it under its own name into the current folder. `hosts`: where custodians
    answer besides; `pad`: where the owner's piece lies now, None where the ticket says.
    """

    ticket: Ticket
    to: str | None = None
    force: bool = False
    hosts: tuple[Address, ...] = ()
    pad: str | None = None


def ticket_by_code(world: World, words: str, hosts: Sequence[Address]) -> Ticket:
    """The ticket that lies sealed with whichever custodians can be reached. Raises BadCode, TooFewCustodians."""
    seed = seed_of(words)
    lookup, known = lookup_name(seed), everyone(world, hosts)
    answers = each(known, lambda api: open_ticket(seed, api.fetch_ticket(lookup)))
    for answer in answers.values():
        if isinstance(answer, Ticket):
            return answer
    raise TooFewCustodians(
        f"none of the {len(known)} custodians that were found has a ticket under this recovery code",
        "is its custodian on this network? --host ADDRESS reaches one elsewhere",
    )


def recover(world: World, wanted: Wanted, tell: Tell | None = None) -> Restored:
    """The drop, back on this disk. With `tell` it waits as long as the conditions don't hold.

    Raises StillLocked, TooFewCustodians, BadShare, BadTarget, LocalDisk; then nothing was written.
    """
    ticket = wanted.ticket
    path = wanted.to or name_of(ticket)
    world.target.begin(path, wanted.force).abandon()
    apis = _custodians(world, wanted)
    claims = Claims(world.clock)
    sources, damaged = _when_open(world, wanted, apis, claims, tell)
    restored = restore(world, ticket, sources, path, wanted.force)
    used = [api for api in apis if ticket.holder(api.id).name in restored.used]
    each(used, lambda api: api.collected(ticket.drop, ticket.claim(api.id), claims.of(api.id)))
    return replace(restored, damaged=tuple(dict.fromkeys([*damaged, *restored.damaged])))


def _when_open(world: World, wanted: Wanted, apis: list[CustodianApi], claims: Claims, tell: Tell | None) -> "_Had":
    """What can be had now, or with `tell` as soon as it can; a custodian that is away for a while is waited for too.

    Only while it waits it claims where a button must be pressed, since a press counts for a claim made before.
    """
    locked: StillLocked | None = None
    while True:
        try:
            return _open_sources(world, wanted, apis, claims, tell is not None)
        except StillLocked as failure:
            if tell is None:
                raise
            locked = failure
        except TooFewCustodians:
            if tell is None or locked is None:
                raise
            locked = StillLocked(locked.message, locked.reasons, None)
        left = seconds(locked.next_change if locked.next_change is not None else _POLL)
        for passed in range(min(left, _POLL_BUTTON if locked.press else _POLL)):
            tell(locked, left - passed)
            world.clock.wait(1)


def _custodians(world: World, wanted: Wanted) -> list[CustodianApi]:
    apis = {api.id: api for api in reach(world, wanted.ticket)}
    apis |= {custodian: api for custodian, api in at_hosts(world, wanted.hosts).items() if custodian in apis}
    return list(apis.values())


_Had = tuple[list[PieceSource], list[str]]
"""The pieces that can be had now, and the names of holders whose share is damaged."""


def _open_sources(world: World, wanted: Wanted, apis: list[CustodianApi], claims: Claims, waits: bool) -> _Had:
    ticket, scheme = wanted.ticket, scheme_of(wanted.ticket)
    pads = [read_pad(world, ticket, holder, wanted.pad) for holder in ticket.holders if holder.custodian is None]
    standings = ask_all(ticket, apis, claims.made)
    free = {standing.holder.custodian for standing in standings if standing.holds}
    given = each([api for api in apis if api.id in free], lambda api: _fetched(ticket, api, claims.of(api.id)))
    shares = [share for share in given.values() if isinstance(share, _Share)]
    sources: list[PieceSource] = [*shares, *pads]
    if scheme.sufficient([source.index for source in sources]):
        damaged = {source.name for source in sources if source.leaves is None}
        return sources, [*damaged, *(s.holder.name for s in standings if s.damaged and s.holder.name not in damaged)]
    standings = [withheld(s, given.get(s.holder.custodian or "")) for s in standings]
    there = [*(s.holder.index for s in standings if s.held), *(pad.index for pad in pads)]
    if waits:
        claims.renew(ticket, apis, standings)
    if not scheme.sufficient(there):
        raise TooFewCustodians(
            f"too few custodians give {ticket.label} back: {what_is_wrong(standings)}",
            f"any {ticket.k} of {ticket.n} are needed{besides(ticket)}; try again when more of them answer",
        )
    raise _still_locked(ticket, standings)


def _still_locked(ticket: Ticket, standings: list[Standing]) -> StillLocked:
    reasons, press = reasons_of(standings), [s.holder.name for s in standings if s.press]
    hint = "--wait waits until it opens"
    if press:
        hint = f"run this with --wait, and press the button of {listed(press)} while it waits"
    why = f"{ticket.label} is still locked: {'; '.join(reasons)}"
    return StillLocked(why, reasons, changes_in(ticket, standings), hint, press)


def _fetched(ticket: Ticket, api: CustodianApi, made: str) -> "_Share":
    holder = ticket.holder(api.id)
    leaves = api.leaves(ticket.drop, ticket.claim(api.id), made)
    good = b64(root(ticket.header(holder), leaves)) == holder.root
    return _Share(api, ticket, holder, leaves if good else None, made)


@dataclass(frozen=True)
class _Share:
    """Port `PieceSource` over one custodian."""

    api: CustodianApi
    ticket: Ticket
    holder: Holder
    leaves: Sequence[bytes] | None
    made: str

    @property
    def name(self) -> str:
        return self.holder.name

    @property
    def index(self) -> int:
        return self.holder.index

    def piece(self, stripe: int) -> bytes:
        try:
            claim = self.ticket.claim(self.api.id)
            return self.api.piece(self.ticket.drop, stripe, self.ticket.size, claim, self.made)
        except Unreachable as failure:
            raise SourceAway(failure.message) from failure
        except Failure as failure:
            raise SourceLost(f"{self.name}: {failure.message}") from failure
