"""`ddb log`"""

import click

from ddb_client.cli.frame import json_option, print_json, say, table
from ddb_client.errors import BadAnswer
from ddb_client.pairing import find_paired
from ddb_client.wiring import Laptop
from ddb_contract.chain import unbroken
from ddb_contract.conditions import duration
from ddb_contract.messages import LogEntry


@click.command("log")
@click.argument("name")
@json_option
@click.pass_obj
def command(laptop: Laptop, name: str, as_json: bool) -> None:
    """What the custodian NAME did, oldest first.

    Every entry carries a digest over all before it; it is checked here, and a log that was changed fails.
    """
    (api,) = laptop.fleet_apis([find_paired(laptop.book, name)])
    entries = api.log()
    if not unbroken(entries):
        raise BadAnswer(f"the log of {api.name} was changed: its chain is broken", "trust that custodian no more")
    if as_json:
        print_json([entry.model_dump(exclude={"v"}) for entry in entries])
    elif entries:
        table([("NO", "CUSTODY TIME", "EVENT", "SUBJECT"), *map(_row, entries)])
        say(f"the chain is whole; its head is {entries[-1].head}")
    else:
        say(f"{api.name} has nothing in its log")


def _row(entry: LogEntry) -> tuple[str, ...]:
    shown = ["".join(filter(str.isprintable, text))[:100] for text in (entry.event, entry.subject)]
    return str(entry.seq), duration(int(entry.at)), *shown
