"""`ddb unpair`"""

import click

from ddb_client.cli.frame import confirm, json_option, print_json, say, yes_option
from ddb_client.errors import Failure, Impostor, Unreachable
from ddb_client.pairing import find_paired, unpair
from ddb_client.wiring import Laptop


@click.command("unpair")
@click.argument("name")
@click.option("--forget", is_flag=True, help="Forget it even if it doesn't answer; its own list keeps this laptop.")
@yes_option
@json_option
@click.pass_obj
def command(laptop: Laptop, name: str, forget: bool, yes: bool, as_json: bool) -> None:
    """Give up the pairing with the custodian NAME.

    Shares that lie there stay, and their tickets still open them once their conditions hold.
    """
    paired = find_paired(laptop.book, name)
    confirm(f"give up the pairing with {paired.name}?", yes)
    (api,) = laptop.fleet_apis([paired])
    try:
        told = unpair(api, laptop.book)
    except (Unreachable, Impostor) as error:
        if not forget:
            raise Failure(error.message, f"`ddb unpair {name} --forget` forgets it all the same") from error
        laptop.book.remove(paired.id)
        told = False
    if as_json:
        print_json({"id": paired.id, "name": paired.name, "told": told})
    else:
        say(f"no longer paired with {paired.name}" + ("" if told else "; it was not told, or had forgotten already"))
