"""What the verbs share: asking all custodians side by side, finding a ticket, ending a drop."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ddb_client.core.outlook import listed
from ddb_client.core.ticket import OwnerKey, Ticket
from ddb_client.errors import BadTarget, BadTicket, Failure, Refused
from ddb_client.ports import Address, CustodianApi, World
from ddb_client.reach import reach_holders
from ddb_contract.rights import Verb

Answer = TypeVar("Answer")
_GONE = (404, 410)


def each(apis: Iterable[CustodianApi], call: Callable[[CustodianApi], Answer]) -> dict[str, Answer | Failure]:
    """What every custodian answered, by its id: the call's result, or the Failure that it raised."""

    def one(api: CustodianApi) -> Answer | Failure:
        try:
            return call(api)
        except Failure as failure:
            return failure

    every = list(apis)
    if not every:
        return {}
    with ThreadPoolExecutor(len(every)) as pool:
        return dict(zip([api.id for api in every], pool.map(one, every), strict=True))


def failures(answers: dict[str, Answer | Failure]) -> dict[str, Failure]:
    """Those of the answers that are none, by the custodian's id."""
    return {custodian: answer for custodian, answer in answers.items() if isinstance(answer, Failure)}


def named(custodians: Iterable[str], ticket: Ticket) -> str:
    """The names of these custodians of a drop, as a list in words."""
    wanted = set(custodians)
    return listed(holder.name for holder in ticket.custodians if holder.custodian in wanted)


def find_ticket(world: World, name: str) -> Ticket:
    """The ticket called `name`: a drop's label, its id or the beginning of one. Raises BadTarget if not exactly one."""
    tickets = world.tickets.all()
    exact = [ticket for ticket in tickets if name in (ticket.drop, ticket.label)]
    found = exact or [ticket for ticket in tickets if len(name) >= 3 and ticket.drop.startswith(name)]
    if len(found) == 1:
        return found[0]
    if found:
        ids = listed(ticket.drop[:10] for ticket in found)
        raise BadTarget(f"more than one drop is called {name}", f"name it by its id: {ids}")
    raise BadTarget(f"no drop is called {name}", "ddb status lists them; a ticket file works too, and --code")


def reach(world: World, ticket: Ticket) -> list[CustodianApi]:
    """The custodians of a drop, in the ticket's order, opened where they answer now."""
    return reach_holders(ticket, world.gateway, world.finder, world.book)


def everyone(world: World, hosts: Sequence[Address]) -> list[CustodianApi]:
    """Every custodian that this laptop can think of: found on the network, in its fleet, at these addresses."""
    known = {found.id: world.gateway.open(found.id, found.name, [found.address], None) for found in world.finder.find()}
    for paired in world.book.all():
        known.setdefault(paired.id, world.gateway.open(paired.id, paired.name, [paired.address], None))
    return list((known | at_hosts(world, hosts)).values())


def at_hosts(world: World, hosts: Sequence[Address]) -> dict[str, CustodianApi]:
    """What answers at these addresses, by its id, by the key it has shown."""
    infos = [(world.gateway.greet(address), address) for address in hosts]
    return {info.id: world.gateway.open(info.id, info.name, [address], None) for info, address in infos}


def destroy_everywhere(world: World, ticket: Ticket, apis: Sequence[CustodianApi]) -> dict[str, Failure]:
    """Destroys a drop for good. Until every custodian confirmed, the ticket says `destroying`, and this is done again.

    Returns who did not confirm, by id. Raises BadTicket without the owner key.
    """
    owner = world.owner_keys.read(ticket.drop_bytes)
    if owner is None:
        raise BadTicket(f"the owner key of {ticket.label} is not on this laptop", "only it can destroy the drop")
    world.tickets.write(ticket.model_copy(update={"phase": "destroying"}))
    answers = each(apis, lambda api: destroy_at(api, owner))
    missing = {
        custodian: failure
        for custodian, failure in failures(answers).items()
        if not (isinstance(failure, Refused) and failure.status in _GONE)
    }
    if not missing:
        forget(world, ticket)
    return missing


def destroy_at(api: CustodianApi, owner: OwnerKey) -> None:
    """Destroys the share at one custodian. Asks first who it is: a question is given up sooner than an order."""
    api.info()
    api.destroy(owner.drop, owner.secret(Verb.DESTROY, api.id))


def forget(world: World, ticket: Ticket) -> None:
    """Removes what this laptop has of a drop; the ticket first, since it is what would be taken up again."""
    world.tickets.remove(ticket.drop_bytes)
    world.owner_keys.remove(ticket.drop_bytes)
    world.journals.remove(ticket.drop_bytes)
