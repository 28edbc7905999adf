"""What an earlier `ddb` left unfinished, taken up again at the start of a verb."""

from typing import assert_never

from ddb_client.core.outlook import listed
from ddb_client.core.remains import report_words
from ddb_client.core.ticket import Ticket
from ddb_client.custody import destroy_at, destroy_everywhere, each, forget, named, reach
from ddb_client.errors import Failure
from ddb_client.locking import commit, finish
from ddb_client.ports import CustodianApi, World


def resume(world: World, besides: bytes | None = None) -> None:
    """Takes up every unfinished drop that no other process has in hand, but not the drop `besides`.

    Says what it did. Raises nothing for what can't be finished now: it stays as it is for the next start.
    """
    try:
        tickets = world.tickets.all()
    except Failure as failure:
        world.progress.say(f"whether an earlier ddb left something unfinished can't be told: {failure.message}")
        return
    for ticket in tickets:
        if ticket.drop_bytes != besides and _unfinished(world, ticket):
            with world.journals.alone(ticket.drop_bytes) as mine:
                if mine:
                    _try(world, ticket.drop)


def _unfinished(world: World, ticket: Ticket) -> bool:
    match ticket.phase:
        case "draft" | "committing" | "destroying":
            return True
        case "locked" | "wiped":
            return world.journals.read(ticket.drop_bytes) is not None
    assert_never(ticket.phase)


def _try(world: World, drop: str) -> None:
    ticket = next((ticket for ticket in world.tickets.all() if ticket.drop == drop), None)
    if ticket is None or not _unfinished(world, ticket):
        return
    try:
        _take_up(world, ticket)
    except Failure as failure:
        world.progress.say(f"{ticket.label}: {failure.message}")


def _take_up(world: World, ticket: Ticket) -> None:
    match ticket.phase:
        case "draft":
            abort(world, ticket, reach(world, ticket))
            world.progress.say(f"{ticket.label}: an interrupted split was taken back; its original is untouched")
        case "committing":
            locked, _ = commit(world, ticket, reach(world, ticket))
            world.progress.say(f"{ticket.label}: is locked now at {listed(h.name for h in locked.custodians)}")
            _finish(world, locked)
        case "locked":
            _finish(world, ticket)
        case "destroying":
            missing = destroy_everywhere(world, ticket, reach(world, ticket))
            still = f"not yet at {named(missing, ticket)}" if missing else "at every custodian"
            world.progress.say(f"{ticket.label}: destroyed {still}")
        case "wiped":
            world.journals.remove(ticket.drop_bytes)
        case _:
            assert_never(ticket.phase)


def _finish(world: World, ticket: Ticket) -> None:
    _, report = finish(world, ticket)
    for line in report_words(report) if report else []:
        world.progress.say(f"{ticket.label}: {line}")


def abort(world: World, ticket: Ticket, apis: list[CustodianApi]) -> None:
    """Takes back a drop that was never committed. Custodians that don't answer drop it themselves after a while."""
    owner, journal = world.owner_keys.read(ticket.drop_bytes), world.journals.read(ticket.drop_bytes)
    if owner is not None:
        each(apis, lambda api: destroy_at(api, owner))
    if journal is not None and journal.pad is not None:
        world.share_files.remove(journal.pad, ticket.drop_bytes)
    forget(world, ticket)
