"""The practice fleet: custodians as processes on this machine. It locks nothing, since the owner has the files."""

from collections.abc import Sequence

from ddb_client.errors import Usage
from ddb_client.ports import Book, Fleet, Member

NAMES = (
    *("desk", "attic", "shed", "cellar", "garage", "kitchen", "library", "office"),
    *("pantry", "porch", "studio", "workshop", "barn", "loft", "hall", "garden"),
)
PRACTICE = "a practice fleet locks nothing: whoever has this machine has its files"


def bring_up(fleet: Fleet, custodians: int) -> list[Member]:
    """At least so many run afterwards, those that ran before among them. Returns all that run. Raises Failure."""
    members = fleet.members()
    running = [member.name for member in members if member.running]
    stopped = [member.name for member in members if not member.running]
    unused = [name for name in NAMES if name not in {member.name for member in members}]
    order = sorted(stopped, key=_place) + unused
    if custodians > len(running) + len(order):
        raise Usage(f"a practice fleet has at most {len(NAMES)} custodians")
    fleet.start(order[: max(0, custodians - len(running))])
    return [member for member in in_order(fleet.members()) if member.running]


def in_order(members: Sequence[Member]) -> list[Member]:
    """As NAMES has them."""
    return sorted(members, key=lambda member: _place(member.name))


def _place(name: str) -> int:
    return NAMES.index(name) if name in NAMES else len(NAMES)


def stop(fleet: Fleet, name: str | None) -> list[str]:
    """Stops one, or all of them. Returns the names of those that ran."""
    members = in_order(fleet.members()) if name is None else [member(fleet, name)]
    running = [each.name for each in members if each.running]
    for each in running:
        fleet.stop(each)
    return running


def member(fleet: Fleet, name: str) -> Member:
    """The practice custodian of that name. Raises Usage."""
    for each in fleet.members():
        if each.name == name:
            return each
    raise Usage(f"no practice custodian is called {name}", "`ddb fleet status` shows them")


def remove(fleet: Fleet, book: Book) -> list[str]:
    """Stops all of them, removes their state with the shares they hold, and forgets their pairings. Returns names."""
    stop(fleet, None)
    names = [member.name for member in in_order(fleet.members())]
    for name in names:
        fleet.remove(name)
    for paired in book.all():
        if paired.practice:
            book.remove(paired.id)
    return names
