"""`ddb join`"""

import click

from ddb_client.cli.frame import json_option
from ddb_client.cli.recover import tell_restored
from ddb_client.files import join_files
from ddb_client.restore import name_of
from ddb_client.wiring import Laptop


@click.command("join")
@click.argument("shares", nargs=-1, required=True, metavar="SHARE...")
@click.option("--ticket", required=True, metavar="PATH", help="The drop's ticket.")
@click.option("--to", metavar="PATH", help="Where it goes. Default: its own name, in this folder.")
@click.option("--force", is_flag=True, help="Replace what is there already.")
@json_option
@click.pass_obj
def command(laptop: Laptop, shares: tuple[str, ...], ticket: str, to: str | None, force: bool, as_json: bool) -> int:
    """Get a drop back from share files, without any custodian. What is no share of it is named and left out."""
    opened = laptop.tickets.open(ticket)
    return tell_restored(join_files(laptop, opened, shares, to or name_of(opened), force), as_json)
