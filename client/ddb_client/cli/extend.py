"""`ddb extend`"""

from datetime import datetime, timedelta

import click

from ddb_client.cli.frame import confirm, json_option, note, print_json, say, yes_option
from ddb_client.cli.words import from_now, iso, parsed
from ddb_client.core.outlook import When, post
from ddb_client.core.spoken import spoken, timing
from ddb_client.core.ticket import Ticket
from ddb_client.custody import find_ticket
from ddb_client.errors import TooFewCustodians
from ddb_client.extend import Change, Extended, Extension, extend, plan_extension
from ddb_client.resume import resume
from ddb_client.wiring import Laptop
from ddb_contract.conditions import Condition, format_condition


@click.command("extend")
@click.argument("drop")
@click.option("--release", required=True, metavar="COND", help="What must hold besides; `after 3d` means from now.")
@yes_option
@json_option
@click.pass_obj
def command(laptop: Laptop, drop: str, release: str, yes: bool, as_json: bool) -> int:
    """Lock DROP for longer, or under more conditions, with the owner key.

    Every condition becomes what it is AND this; a lock is never shortened, and an extension is never taken back.
    Custodians that don't answer keep the old one: run it again to reach them.

    \b
    ddb extend papers --release "after 7d"
    ddb extend papers --release "button"
    """
    resume(laptop)
    ticket = find_ticket(laptop, drop)
    extension = plan_extension(laptop, ticket, parsed(release))
    now = laptop.clock.now()
    for line in _plan_words(extension, from_now(now)):
        note(line)
    confirm("extend it so?", yes)
    extended = extend(laptop, extension)
    if as_json:
        print_json(_document(extension, extended, now))
    else:
        _tell(extended)
    if extended.failed:
        for name, why in extended.failed.items():
            note(f"{name} did not confirm: {why}")
        note(f'the same again for those: ddb extend {ticket.drop[:10]} --release "{extension.repeat}"')
    return 0 if extended.in_force else TooFewCustodians.exit_status


def _plan_words(extension: Extension, when: When) -> list[str]:
    ticket = extension.ticket
    return [
        *(_change_words(ticket, change, when) for change in extension.changes),
        *(f"{name} can't be asked and keeps its condition: {why}" for name, why in extension.silent.items()),
        f"{ticket.label} opens now: {timing(*extension.opens(extension.before), when)}",
        f"{ticket.label} opens then: {timing(*extension.opens(extension.after), when)}",
        "an extension is for good: nobody can take it back or shorten it",
    ]


def _change_words(ticket: Ticket, change: Change, when: When) -> str:
    own = post(change.holder.name, False, change.new, change.passed)
    so = ", as it does already" if change.again else ""
    return f"{own.name}: releases {_named(ticket, change.new)} ({timing(own.opens, own.soonest, when)}){so}"


def _named(ticket: Ticket, condition: Condition) -> str:
    return spoken(ticket.named(format_condition(condition)))


def _tell(extended: Extended) -> None:
    ticket, count = extended.ticket, len(extended.ticket.custodians)
    confirmed = f"{len(extended.confirmed)} of {count} custodians confirmed"
    if extended.in_force:
        say(f"{ticket.label}: the extension is in force; {confirmed}")
    else:
        needed = ticket.n - ticket.k + 1
        say(f"{ticket.label}: the extension is not in force yet; {confirmed}, at least {needed} must")
        note("until then the drop still opens under its old conditions at those that did not")


def _document(extension: Extension, extended: Extended, now: datetime) -> dict[str, object]:
    ticket, (opens, _) = extended.ticket, extension.opens(extension.after)
    return {
        "drop": ticket.drop,
        "in_force": extended.in_force,
        "opens_at": None if opens is None else iso(now + timedelta(seconds=opens)),
        "confirmed": list(extended.confirmed),
        "failed": dict(extended.failed),
        "custodians": [
            {"name": holder.name, "condition": format_condition(ticket.named(holder.condition or ""))}
            for holder in ticket.custodians
        ],
        "repeat": extension.repeat,
    }
