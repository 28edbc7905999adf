"""`ddb discover`"""

import click

from ddb_client.cli.frame import json_option, note, print_json, say, table
from ddb_client.wiring import Laptop


@click.command("discover")
@json_option
@click.pass_obj
def command(laptop: Laptop, as_json: bool) -> None:
    """Look for custodians on this network, for about a second.

    What answers is only a hint until it is paired: anybody on the network can call itself a custodian.
    """
    paired = {one.id: one.name for one in laptop.book.all()}
    found = laptop.finder.find()
    if as_json:
        print_json(
            [
                {
                    "id": one.id,
                    "name": paired.get(one.id, one.name),
                    "host": one.address.host,
                    "port": one.address.port,
                    "paired": one.id in paired,
                }
                for one in found
            ]
        )
    elif found:
        heading = ("NAME", "ID", "ADDRESS", "PAIRED WITH THIS LAPTOP")
        rows = [
            (paired.get(one.id, one.name), one.id[:8], _at(one.address.host, one.address.port), _yes(one.id in paired))
            for one in found
        ]
        table([heading, *rows])
    else:
        say("no custodian answers on this network")
        note("  `ddb pair --host ADDR[:PORT]` works where mDNS doesn't; `ddb fleet up` starts a practice fleet")


def _at(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _yes(paired: bool) -> str:
    return "yes" if paired else "no"
