"""`ddb laptops`"""

import click

from ddb_client.cli.frame import confirm, json_option, print_json, say, table, yes_option
from ddb_client.core.outlook import amount
from ddb_client.errors import Usage
from ddb_client.pairing import find_paired
from ddb_client.wiring import Laptop
from ddb_contract.conditions import duration
from ddb_contract.messages import Laptop as PairedLaptop


@click.command("laptops")
@click.argument("name")
@click.option("--revoke", metavar="ID", help="Take away that laptop's right to leave shares.")
@yes_option
@json_option
@click.pass_obj
def command(laptop: Laptop, name: str, revoke: str | None, yes: bool, as_json: bool) -> None:
    """The laptops that the custodian NAME is paired with.

    Revoking one takes away its right to leave shares there. What it left stays under its lock.
    """
    (api,) = laptop.fleet_apis([find_paired(laptop.book, name)])
    listed = api.laptops()
    if revoke is not None:
        one = _chosen(listed, revoke)
        confirm(f"take away {one.name}'s right to leave shares with {api.name}?", yes)
        api.revoke(one.laptop)
        listed = [other for other in listed if other is not one]
        if one.you:
            laptop.book.remove(api.id)
    if as_json:
        print_json([one.model_dump(exclude={"v"}) for one in listed])
    elif listed:
        table([("ID", "NAME", "PAIRED AT ITS", "HOLDS", "OF"), *map(_row, _newest_last(listed))])
    else:
        say(f"{api.name} is paired with no laptop")


def _chosen(listed: list[PairedLaptop], text: str) -> PairedLaptop:
    fits = [one for one in listed if one.laptop == text] or [one for one in listed if one.laptop.startswith(text)]
    if len(fits) != 1 or not text:
        which = "more than one laptop has" if fits else "no laptop has"
        raise Usage(f"{which} the id {text!r} there", "without --revoke they are listed")
    return fits[0]


def _newest_last(listed: list[PairedLaptop]) -> list[PairedLaptop]:
    return sorted(listed, key=lambda one: one.paired_at)


def _row(one: PairedLaptop) -> tuple[str, ...]:
    name = f"{one.name} (this laptop)" if one.you else one.name
    return one.laptop, name, duration(int(one.paired_at)), amount(one.bytes_held), amount(one.quota)
