"""`ddb recover`"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ddb_client.addresses import parse_address
from ddb_client.cli.frame import ask, json_option, note, print_json, say
from ddb_client.core.outlook import listed
from ddb_client.core.ticket import Ticket
from ddb_client.custody import find_ticket
from ddb_client.errors import BadTarget, StillLocked, Usage
from ddb_client.ports import Address
from ddb_client.recover import Wanted, recover, ticket_by_code
from ddb_client.restore import Restored
from ddb_client.resume import resume
from ddb_client.wiring import Laptop
from ddb_contract.conditions import duration

DAMAGED = 5
"""Exit status when the drop is back although a share was damaged."""


@click.command("recover")
@click.argument("drop", required=False, metavar="DROP|TICKET")
@click.option("--code", metavar="WORDS", help="The 24 words; - asks for them, so that nobody sees them in a list.")
@click.option("--to", metavar="PATH", help="Where it goes. Default: its own name, in this folder.")
@click.option("--wait", is_flag=True, help="Wait until it opens.")
@click.option("--host", multiple=True, metavar="ADDR[:PORT]", help="Where a custodian answers besides. Repeatable.")
@click.option("--pad", metavar="PATH", help="Where your own piece is now.")
@click.option("--force", is_flag=True, help="Replace what is there already.")
@json_option
@click.pass_obj
def command(laptop: Laptop, /, drop: str | None, code: str | None, as_json: bool, wait: bool, **given: Any) -> int:
    """Get a drop back once its conditions hold: by its name or id, by a ticket file, or by its recovery code.

    Where a button must be pressed, use --wait: a press counts only for a claim that waits for it.

    \b
    ddb recover papers
    ddb recover papers --wait --to ~/papers-again
    ddb recover --code - --host 192.168.1.20
    """
    if (drop is None) == (code is None):
        raise Usage("say what to recover: a drop, a ticket file, or --code", "ddb status lists the drops")
    resume(laptop)
    hosts = tuple(parse_address(host) for host in given["host"])
    ticket = _ticket(laptop, drop, code, hosts)
    wanted = Wanted(ticket, given["to"], given["force"], hosts, given["pad"])
    return tell_restored(recover(laptop, wanted, _countdown() if wait else None), as_json)


def _ticket(laptop: Laptop, drop: str | None, code: str | None, hosts: tuple[Address, ...]) -> Ticket:
    if code is not None:
        return ticket_by_code(laptop, ask("recovery code (24 words)", hide=True) if code == "-" else code, hosts)
    assert drop is not None
    try:
        return find_ticket(laptop, drop)
    except BadTarget:
        if not Path(drop).is_file():
            raise
        return laptop.tickets.open(drop)


def tell_restored(restored: Restored, as_json: bool) -> int:
    """Prints what came back; the exit status."""
    if as_json:
        print_json(
            {
                "path": restored.path,
                "sha256": restored.sha256,
                "used": list(restored.used),
                "damaged": list(restored.damaged),
            }
        )
    else:
        say(f"recovered: {restored.path}, from {listed(restored.used)}")
        say(f"sha256: {restored.sha256}")
    if restored.damaged:
        note(f"damaged: the share of {listed(restored.damaged)}; the others made it good")
    return DAMAGED if restored.damaged else 0


def _countdown() -> Callable[[StillLocked, int], None]:
    """Counts down on a terminal; in a pipe it says once that it waits. Says which button to press, once each time."""
    said, pressing = list[str](), list[tuple[str, ...]]([()])

    def tell(locked: StillLocked, left: int) -> None:
        if locked.press != pressing[-1]:
            pressing.append(locked.press)
            if locked.press:
                note(f"press the button on {listed(locked.press)} now: short, while its light blinks amber")
        if sys.stderr.isatty():
            click.echo(f"\rstill locked, {duration(left)} left   ", nl=left == 1, err=True)
        elif not said:
            said.append(locked.message)
            note(f"{locked.message}; waiting {duration(left)}")

    return tell
