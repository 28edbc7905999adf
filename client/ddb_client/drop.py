"""The way out: stream → stored → ticket → commit → wipe. The original is only read until all have locked it."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from ddb_client.core.manifest import Journal, Manifest
from ddb_client.core.pack import Entry, pack
from ddb_client.core.plan import Seat
from ddb_client.core.remains import WipeReport
from ddb_client.core.seal import Seal
from ddb_client.core.slips import Slip, slips_of
from ddb_client.core.threshold import Scheme
from ddb_client.core.ticket import Approver, Holder, OwnerKey, Ticket
from ddb_client.core.words import words_of
from ddb_client.custody import each
from ddb_client.engine.split import split
from ddb_client.errors import Failure
from ddb_client.locking import commit, finish, leave_copies, right_hashes, verify_receipt
from ddb_client.ports import Buffer, CustodianApi, PadSink, PieceSink, Stripes, World
from ddb_client.prepare import Prepared, refuse_twice
from ddb_client.resume import abort
from ddb_contract.conditions import format_condition, opens_after, renamed
from ddb_contract.grammar import parse
from ddb_contract.messages import Receipt, Reserve
from ddb_contract.rights import APPROVAL_SIZE, approval_hash
from ddb_contract.shares import root
from ddb_contract.text import b32, b64, unb64

SEED = 32
DROP = 16
PadPlace = Callable[[str], str]
"""Where the owner's pad of the drop with that id goes; asked only if the plan has one."""
_UNKNOWN_ROOT = b64(bytes(32))


class HandOut(Protocol):
    """Brings the approvers' slips to safety. Used only when the plan has approvers."""

    def out(self, slips: Sequence[Slip]) -> None:
        """Returns once they are safely out: nothing is committed before. Raises Failure; then nothing is."""
        ...

    def back(self) -> None:
        """The drop was taken back, so the codes are worth nothing."""
        ...


@dataclass(frozen=True)
class Done:
    """A locked drop. `path`: its ticket's; `locked_until` by holder index, None where time alone opens nothing;
    `report` is None if nothing was wiped.
    """

    ticket: Ticket
    path: str
    locked: datetime
    locked_until: Mapping[int, datetime | None]
    receipts: tuple[Receipt, ...]
    report: WipeReport | None

    @property
    def recovery_code(self) -> str:
        return words_of(unb64(self.ticket.claim_seed))


@dataclass(frozen=True)
class _Work:
    """A split under way: the plan, the ticket to be, the right to take it back, and where the owner's pad goes.

    `codes`: the seed of each approver's code, in the order of the ticket.
    """

    prepared: Prepared
    ticket: Ticket
    owner: OwnerKey
    seal: Seal
    pad: str | None
    codes: tuple[bytes, ...]


def put_away(
    world: World,
    prepared: Prepared,
    pad: PadPlace,
    passphrase: str | None = None,
    hand_out: HandOut | None = None,
) -> Done:
    """Splits the original among the custodians of the plan, and wipes it once all of them have locked it.

    `passphrase` protects the ticket file. A failure before the commit takes everything back; one
    after it leaves a ticket that `resume` goes on with. Raises Failure.
    """
    work, apis = _begin(world, prepared, pad), prepared.chosen()
    with world.journals.alone(work.ticket.drop_bytes):
        try:
            if passphrase is not None:
                world.tickets.protect(work.ticket.drop_bytes, passphrase)
            path = _announce(world, work)
            refuse_twice(world, prepared.manifest, work.ticket.drop)
            committing = _deposit(world, work, hand_out)
        except (Exception, KeyboardInterrupt):
            abort(world, work.ticket, apis)
            if hand_out is not None:
                hand_out.back()
            raise
        locked, receipts = commit(world, committing, apis)
        now = world.clock.now()
        ticket, report = finish(world, locked)
        return Done(
            ticket,
            path,
            now,
            {holder.index: _until(holder, now) for holder in ticket.custodians},
            tuple(receipts.values()),
            report,
        )


def _begin(world: World, prepared: Prepared, place: PadPlace) -> _Work:
    data_key, drop = world.entropy(SEED), world.entropy(DROP)
    pad = place(b32(drop)) if prepared.wish.pad else None
    seal = Seal(data_key, world.entropy(SEED), drop, prepared.pack_size)
    plan, codes = prepared.plan, tuple(world.entropy(APPROVAL_SIZE) for _ in prepared.plan.approvers)
    ticket = Ticket(
        phase="draft",
        drop=b32(drop),
        label=prepared.label,
        created=world.clock.now().isoformat(timespec="seconds"),
        claim_seed=b64(world.entropy(SEED)),
        data_key=b64(data_key),
        k=plan.k,
        n=plan.n,
        size=seal.size,
        practice=any(seat.custodian is not None and seat.custodian.practice for seat in plan.seats),
        holders=[_holder(prepared, seat, pad) for seat in plan.seats],
        approvers=[
            Approver(name=name, hash=b64(approval_hash(drop, code)))
            for name, code in zip(plan.approvers, codes, strict=True)
        ],
    )
    return _Work(prepared, ticket, OwnerKey(drop=b32(drop), seed=b64(world.entropy(SEED))), seal, pad, codes)


def _holder(prepared: Prepared, seat: Seat, pad: str | None) -> Holder:
    custodian = seat.custodian.id if seat.custodian else None
    numbers = {name: str(number) for number, name in enumerate(prepared.plan.approvers, 1)}
    return Holder(
        custodian=custodian,
        name=seat.name,
        addresses=[prepared.addresses[custodian]] if custodian else [pad or ""],
        index=seat.index,
        root=_UNKNOWN_ROOT,
        condition=format_condition(renamed(seat.condition, numbers)) if seat.condition else None,
    )


def _announce(world: World, work: _Work) -> str:
    """On this laptop's disk, before any custodian hears of it: what is needed to take it back. The ticket's path."""
    path = world.tickets.write(work.ticket)
    world.owner_keys.write(work.owner)
    world.journals.write(_journal(work, work.prepared.manifest))
    return path


def _journal(work: _Work, manifest: Manifest) -> Journal:
    keep = work.prepared.wish.keep_original
    return Journal(drop=work.ticket.drop, manifest=manifest, keep_original=keep, pad=work.pad)


def _deposit(world: World, work: _Work, hand_out: HandOut | None) -> Ticket:
    """Everything up to the commit. Returns the ticket in phase `committing`, as it lies on disk and in the copies."""
    apis = work.prepared.chosen()
    _raise_first(each(apis, lambda api: api.reserve(_reservation(work, api.id))))
    ticket, digests = _stream(world, work)
    _raise_first(each(apis, lambda api: _stored(api, ticket, work.owner)))
    world.journals.write(_journal(work, work.prepared.manifest.known(digests)))
    if work.codes:
        assert hand_out is not None
        hand_out.out(slips_of(ticket, work.codes))
    committing = ticket.model_copy(update={"phase": "committing"})
    world.tickets.write(committing)
    failed = leave_copies(world, committing, apis)
    if failed:
        world.tickets.write(work.ticket)
        _raise_first(failed)
    return committing


def _reservation(work: _Work, custodian: str) -> Reserve:
    holder = work.ticket.holder(custodian)
    assert holder.condition is not None
    return Reserve(
        header=b64(work.ticket.header(holder).pack()),
        condition=holder.condition,
        hashes=right_hashes(work.ticket, work.owner, custodian),
    )


def _stored(api: CustodianApi, ticket: Ticket, owner: OwnerKey) -> Receipt:
    return verify_receipt(api.store(ticket.drop, unb64(ticket.holder(api.id).root)), ticket, owner, api.id)


def _stream(world: World, work: _Work) -> tuple[Ticket, dict[str, bytes]]:
    """Reads, seals, splits and sends. Returns the ticket with the roots of what was sent, and each file's digest."""
    ticket, digests = work.ticket, dict[str, bytes]()
    pads = [_pad_sink(world, work, holder) for holder in ticket.holders if holder.custodian is None]
    sinks: list[PieceSink] = [*(_Sending(api, ticket.drop) for api in work.prepared.chosen()), *pads]
    task = f"{ticket.label}: sealing, splitting, sending"
    world.progress.start(task, work.seal.size)
    try:
        leaves = split(
            _packed(world, work, digests),
            work.seal,
            Scheme(ticket.k, ticket.n, len(ticket.holders) - ticket.n),
            world.entropy,
            sinks,
            lambda count: world.progress.advance(task, count),
        )
    finally:
        world.progress.finish(task)
    for pad in pads:
        pad.finish()
    holders = [
        holder.model_copy(update={"root": b64(root(ticket.header(holder), own))})
        for holder, own in zip(ticket.holders, leaves, strict=True)
    ]
    return ticket.model_copy(update={"holders": holders}), digests


def _pad_sink(world: World, work: _Work, holder: Holder) -> PadSink:
    assert work.pad is not None
    return world.share_files.create(work.pad, work.ticket.header(holder))


def _packed(world: World, work: _Work, digests: dict[str, bytes]) -> Stripes:
    items = {entry.path: item for entry, item in work.prepared.entries}

    def read(entry: Entry) -> Iterator[bytes]:
        digest = hashlib.sha256()
        for chunk in world.source.read(work.prepared.manifest, items[entry.path]):
            digest.update(chunk)
            yield chunk
        digests[items[entry.path].path] = digest.digest()

    return pack((entry for entry, _ in work.prepared.entries), read)


@dataclass(frozen=True)
class _Sending:
    """Port `PieceSink` to one custodian."""

    api: CustodianApi
    drop: str

    def put(self, stripe: int, piece: Buffer) -> None:
        self.api.put_piece(self.drop, stripe, piece)


def _raise_first(answers: Mapping[str, object]) -> None:
    for answer in answers.values():
        if isinstance(answer, Failure):
            raise answer


def _until(holder: Holder, now: datetime) -> datetime | None:
    opens = opens_after(parse(holder.condition)) if holder.condition else None
    return None if opens is None else now + timedelta(seconds=opens)
