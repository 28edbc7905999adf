"""`ddb pair`"""

import socket

import click

from ddb_client.addresses import format_address, parse_address
from ddb_client.cli.frame import ask, interactive, json_option, note, print_json, say
from ddb_client.errors import BadCode, Usage
from ddb_client.fleet import PRACTICE
from ddb_client.pairing import find_found, pair, pair_fleet
from ddb_client.ports import Address, Found, Paired
from ddb_client.wiring import Laptop
from ddb_contract.pairing import valid_code

_ASK_CODE = "the code that its light blinks (four digits, 1 to 6)"


@click.command("pair")
@click.argument("name", required=False)
@click.option("--code", metavar="DIGITS", help="The pairing code, like 3142; asked for if not given.")
@click.option("--host", metavar="ADDR[:PORT]", help="Where it is, if mDNS doesn't find it.")
@click.option("--all", "whole_fleet", is_flag=True, help="Every custodian of the practice fleet on this machine.")
@json_option
@click.pass_obj
def command(
    laptop: Laptop, name: str | None, code: str | None, host: str | None, whole_fleet: bool, as_json: bool
) -> None:
    """Pair this laptop with the custodian NAME, a name or the beginning of an id.

    Pairing gives the right to leave shares with it, no more. The code shows that it is the custodian before you, and
    that you are before it.
    """
    if whole_fleet:
        if name or code or host:
            raise Usage("--all pairs the whole practice fleet and goes with nothing else")
        paired = pair_fleet(laptop.gateway, laptop.book, laptop.fleet, socket.gethostname())
        note(PRACTICE)
    else:
        paired = [_one(laptop, name, code, host)]
    if as_json:
        print_json([_document(one) for one in paired] if whole_fleet else _document(paired[0]))
        return
    for one in paired:
        say(f"paired with {one.name} ({one.id[:8]}) at {format_address(one.address)}")
    light = "is its light" if len(paired) == 1 else "are their lights"
    note(f"{light} steady green now? if not, somebody else read the code: `ddb unpair`, and pair again")


def _one(laptop: Laptop, name: str | None, code: str | None, host: str | None) -> Paired:
    if code is not None and not valid_code(code.strip()):
        raise BadCode("a pairing code is four digits, each 1 to 6", "its light blinks them: count the flashes")
    address, custodian, shown = _whom(laptop, name, host)
    guess = code if code is not None else ask(f"pairing code of {shown}: {_ASK_CODE}", check=_code)
    made = pair(laptop.gateway, laptop.book, address, custodian, guess, socket.gethostname())
    if made.name != shown and host is None:
        note(f"another custodian here is called {shown} already, so this one is {made.name} on this laptop")
    return made


def _whom(laptop: Laptop, name: str | None, host: str | None) -> tuple[Address, str | None, str]:
    """Where it is, its id if it is known, and what to call it."""
    if host is not None:
        address = parse_address(host)
        info = laptop.gateway.greet(address)
        if name is not None and name != info.name and not info.id.startswith(name.lower()):
            raise Usage(f"{info.name} ({info.id[:8]}) answers at {host}, not {name}")
        return address, info.id, info.name
    found = laptop.finder.find()
    one = find_found(found, name) if name is not None else _chosen(found)
    return one.address, one.id, one.name


def _chosen(found: list[Found]) -> Found:
    if not found:
        raise Usage("no custodian answers on this network", "--host ADDR[:PORT] works where mDNS doesn't")
    if not interactive():
        raise Usage("name the custodian to pair with", f"there are {', '.join(one.name for one in found)}")
    for number, one in enumerate(found, 1):
        note(f"{number:3}  {one.name}  {one.id[:8]}  {format_address(one.address)}")
    number = int(ask("which one (its number)", check=lambda text: _number(text, len(found))))
    return found[number - 1]


def _number(text: str, most: int) -> str:
    if not (text.isdigit() and 1 <= int(text) <= most):
        raise click.BadParameter(f"it is a number from 1 to {most}")
    return text


def _code(text: str) -> str:
    if not valid_code(text.strip()):
        raise click.BadParameter("a pairing code is four digits, each 1 to 6")
    return text.strip()


def _document(one: Paired) -> dict[str, object]:
    return {
        "id": one.id,
        "name": one.name,
        "host": one.address.host,
        "port": one.address.port,
        "practice": one.practice,
        "administered": one.administered,
    }
