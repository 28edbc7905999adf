"""Before anything is sent: what lies there, who answers, and the plan made of both. Changes nothing anywhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath

from ddb_client.addresses import format_address
from ddb_client.core.manifest import Item, Manifest
from ddb_client.core.pack import Entry, Kind, packed_size
from ddb_client.core.plan import Plan, Wish, draw_up
from ddb_client.core.ticket import printable
from ddb_client.custody import each, failures
from ddb_client.errors import BadTarget, TooFewCustodians
from ddb_client.ports import CustodianApi, World
from ddb_client.reach import reach_paired
from ddb_contract.messages import CustodianInfo


@dataclass(frozen=True)
class Prepared:
    """All that `put_away` needs. `apis` and `addresses` (as text) by custodian id; `name` is the original's own."""

    name: str
    manifest: Manifest
    wish: Wish
    plan: Plan
    apis: Mapping[str, CustodianApi]
    addresses: Mapping[str, str]

    @property
    def label(self) -> str:
        """The name as a ticket can carry it."""
        return "".join(sign if printable(sign) else "?" for sign in self.name)[:255]

    @property
    def entries(self) -> list[tuple[Entry, Item]]:
        """What goes into the pack, and where it lies."""
        return [(_entry(self.name, item), item) for item in self.manifest.items]

    @property
    def pack_size(self) -> int:
        return packed_size(entry for entry, _ in self.entries)

    def chosen(self) -> list[CustodianApi]:
        """The custodians of the plan, in its order."""
        return [self.apis[seat.custodian.id] for seat in self.plan.seats if seat.custodian]


def prepare(world: World, path: str, wish: Wish) -> Prepared:
    """Looks at the original and at the fleet. Raises BadTarget, Usage, BadThreshold, TooFewCustodians."""
    manifest = world.source.survey(path)
    refuse_twice(world, manifest)
    paired = world.book.all()
    apis = {api.id: api for api in reach_paired(paired, world.gateway, world.finder, world.book)}
    answers = each(apis.values(), lambda api: api.info().model_copy(update={"name": api.name}))
    infos = [answer for answer in answers.values() if isinstance(answer, CustodianInfo)]
    silent = [f"{apis[custodian].name}: {failure.message}" for custodian, failure in failures(answers).items()]
    try:
        plan = draw_up(wish, len(paired), infos, world.clock.now())
    except TooFewCustodians as error:
        raise TooFewCustodians("; ".join([error.message, *silent]), error.hint) from None
    addresses = {one.id: format_address(one.address) for one in world.book.all()}
    return Prepared(PurePath(manifest.path).name, manifest, wish, plan, apis, addresses)


def refuse_twice(world: World, manifest: Manifest, besides: str = "") -> None:
    """Raises BadTarget while another drop than `besides` still has this original to lock or to wipe."""
    same = {journal.drop for journal in world.journals.all() if journal.manifest.path == manifest.path} - {besides}
    for ticket in world.tickets.all() if same else []:
        if ticket.drop in same and ticket.phase in ("draft", "committing", "locked"):
            raise BadTarget(
                f"{manifest.path} is already being put away, as drop {ticket.drop}",
                f"ddb status goes on with it when its custodians answer; ddb destroy {ticket.drop} gives it up",
            )


def _entry(name: str, item: Item) -> Entry:
    fingerprint = item.fingerprint
    path = f"{name}/{item.path}" if item.path else name
    size = fingerprint.size if item.kind == "file" else 0
    return Entry(path, Kind(item.kind), item.mode, fingerprint.mtime_ns, size, item.target)
