"""Opens custodians where they answer now: the address known last first, the local network when it doesn't answer."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from ddb_client.addresses import parse_address
from ddb_client.core.ticket import Ticket
from ddb_client.errors import BadAnswer, Impostor, Unreachable, Usage
from ddb_client.ports import Address, Book, CustodianApi, Finder, Gateway, Paired


@dataclass(frozen=True)
class _Wanted:
    id: str
    name: str
    addresses: tuple[Address, ...]
    token: bytes | None


def reach_paired(paired: Sequence[Paired], gateway: Gateway, finder: Finder, book: Book) -> list[CustodianApi]:
    """These custodians, in order, each opened where it answers; one that moved is entered in the book.

    Those that answer nowhere are opened too: their calls raise Unreachable or Impostor.
    """
    wanted = [_Wanted(one.id, one.name, (one.address,), one.token) for one in paired]
    return _reach(wanted, gateway, finder, book)


def reach_holders(ticket: Ticket, gateway: Gateway, finder: Finder, book: Book) -> list[CustodianApi]:
    """The custodians that hold a ticket's shares, in its order, likewise; paired or not."""
    fleet = {one.id: one for one in book.all()}
    wanted = []
    for holder in ticket.custodians:
        known = fleet.get(holder.custodian or "")
        hints = [known.address] if known else []
        hints += [address for text in holder.addresses if (address := _hint(text)) is not None]
        token = known.token if known else None
        wanted.append(_Wanted(holder.custodian or "", holder.name, tuple(dict.fromkeys(hints)), token))
    return _reach(wanted, gateway, finder, book)


def _hint(text: str) -> Address | None:
    try:
        return parse_address(text)
    except Usage:
        return None


def _reach(wanted: Sequence[_Wanted], gateway: Gateway, finder: Finder, book: Book) -> list[CustodianApi]:
    if not wanted:
        return []
    apis = [gateway.open(one.id, one.name, one.addresses, one.token) for one in wanted]
    with ThreadPoolExecutor(len(apis)) as pool:
        answering = list(pool.map(_answers, apis))
    lost = frozenset(one.id for one, answers in zip(wanted, answering, strict=True) if not answers)
    found = {one.id: one for one in finder.find(lost)} if lost else {}
    for place, one in enumerate(wanted):
        if one.id in lost and one.id in found:
            seen = (found[one.id].address, *found[one.id].others)
            apis[place] = gateway.open(one.id, one.name, tuple(dict.fromkeys(seen + one.addresses)), one.token)
    for api in apis:
        new = found.get(api.id) if api.id in lost else None
        if new is not None and _answers(gateway.open(api.id, api.name, (new.address,), None)):
            _note_address(book, api.id, new.address)
    return apis


def _answers(api: CustodianApi) -> bool:
    try:
        api.info()
    except (Unreachable, Impostor, BadAnswer):
        return False
    return True


def _note_address(book: Book, custodian: str, address: Address) -> None:
    for paired in book.all():
        if paired.id == custodian and paired.address != address:
            book.add(replace(paired, address=address))
