"""Destroying a drop at every custodian, for good."""

from ddb_client.core.ticket import Ticket
from ddb_client.custody import destroy_everywhere, reach
from ddb_client.errors import Failure
from ddb_client.ports import World


def destroy(world: World, ticket: Ticket) -> dict[str, bool]:
    """Per custodian's name, whether it confirmed. Until all have, every later `ddb` asks the rest again.

    Raises BadTicket without the owner key, Failure while another process has the drop in hand.
    """
    with world.journals.alone(ticket.drop_bytes) as mine:
        if not mine:
            raise Failure(f"another ddb has {ticket.label} in hand", "wait until it is done")
        missing = destroy_everywhere(world, ticket, reach(world, ticket))
    return {holder.name: holder.custodian not in missing for holder in ticket.custodians}
