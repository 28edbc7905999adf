"""`ddb destroy`"""

import click

from ddb_client.cli.frame import ask, json_option, note, print_json, say, yes_option
from ddb_client.custody import find_ticket
from ddb_client.destroy import destroy
from ddb_client.errors import Failure
from ddb_client.resume import resume
from ddb_client.wiring import Laptop


@click.command("destroy")
@click.argument("drop")
@yes_option
@json_option
@click.pass_obj
def command(laptop: Laptop, drop: str, yes: bool, as_json: bool) -> int:
    """Destroy DROP at every custodian, for good, with the owner key. Nobody gets it back, at no time."""
    ticket = find_ticket(laptop, drop)
    resume(laptop, besides=ticket.drop_bytes)
    question = f"type {ticket.label} to destroy it for good"
    if not yes and ask(question) != ticket.label:
        raise Failure("that was another name; nothing was destroyed")
    confirmed = destroy(laptop, ticket)
    if as_json:
        print_json({"drop": ticket.drop, "destroyed": confirmed})
    for name, gone in confirmed.items():
        (note if as_json else say)(f"{name}: {'destroyed' if gone else 'did not confirm'}")
    if not all(confirmed.values()):
        note("the rest is asked again at every start of ddb until all have confirmed")
    for pad in (holder for holder in ticket.holders if holder.custodian is None):
        note(f"your own piece stays, of no use any more, at {''.join(pad.addresses[:1])}: remove it yourself")
    return 0 if all(confirmed.values()) else Failure.exit_status
