"""Pairing this laptop with custodians, and giving it up."""

from collections.abc import Sequence
from dataclasses import replace

from ddb_client.core.choice import choose
from ddb_client.errors import BadCode, Failure, Refused
from ddb_client.ports import Address, Book, CustodianApi, Fleet, Found, Gateway, Paired
from ddb_contract.messages import NAME_LENGTH
from ddb_contract.pairing import CODE_DIGITS, valid_code


def pair(gateway: Gateway, book: Book, address: Address, custodian: str | None, code: str, laptop: str) -> Paired:
    """One guess at the code of what answers at `address`; the custodian is then in the book under a name of its own.

    Raises BadCode before anything is sent, and what `Gateway.pair` raises.
    """
    if not valid_code(code):
        raise BadCode(f"a pairing code is {CODE_DIGITS} digits from 1 to 6", "the custodian's light blinks it")
    known = book.all()
    made = gateway.pair(address, custodian, code, laptop_name(laptop))
    named = replace(made, name=free_name(made, known))
    book.add(named)
    return named


def free_name(made: Paired, known: Sequence[Paired]) -> str:
    """The name it had, else its own, with a number where another custodian in the book has it already."""
    taken = {one.name for one in known if one.id != made.id}
    wish = next((one.name for one in known if one.id == made.id), made.name)
    numbered = (f"{wish[: NAME_LENGTH - 3]}-{number}" for number in range(2, 2 + len(taken)))
    return next((name for name in (wish, *numbered) if name not in taken), wish)


def laptop_name(text: str) -> str:
    """What the custodian lists this laptop as: printable, at most 63 characters."""
    return "".join(filter(str.isprintable, text)).strip()[:NAME_LENGTH].strip() or "laptop"


def pair_fleet(gateway: Gateway, book: Book, fleet: Fleet, laptop: str) -> list[Paired]:
    """Pairs every running custodian of the practice fleet that isn't yet, with the code from its own folder.

    Returns the whole running fleet. Raises Failure when none runs.
    """
    running = [member for member in fleet.members() if member.running]
    if not running:
        raise Failure("no practice fleet runs on this machine", "`ddb fleet up` starts one")
    paired = {one.id: one for one in book.all()}
    made = []
    for member in running:
        assert member.address is not None
        assert member.id is not None
        known = paired.get(member.id)
        if known is None:
            code = fleet.pairing_code(member.name)
            known = pair(gateway, book, member.address, member.id, code, laptop)
        made.append(known)
    return made


def find_paired(book: Book, name: str) -> Paired:
    """The custodian of this laptop's fleet with that name, or whose id begins so. Raises Usage."""
    return choose(name, book.all(), "`ddb pair` pairs one, `ddb discover` shows who is there")


def find_found(found: Sequence[Found], name: str) -> Found:
    """The custodian on the network with that name, or whose id begins so. Raises Usage."""
    return choose(name, found, "`ddb discover` shows who answers; where mDNS doesn't reach, use --host ADDR[:PORT]")


def unpair(api: CustodianApi, book: Book) -> bool:
    """Gives up this laptop's right at the custodian, then forgets it. False if the custodian had none of it any more.

    Raises Unreachable and the like; the book then stays as it is.
    """
    try:
        mine = [laptop.laptop for laptop in api.laptops() if laptop.you]
        for laptop in mine:
            api.revoke(laptop)
        known = bool(mine)
    except Refused as error:
        if error.status != 401:
            raise
        known = False
    book.remove(api.id)
    return known
