"""`ddb fleet`"""

import click

from ddb_client import fleet
from ddb_client.addresses import format_address
from ddb_client.cli.frame import confirm, json_option, note, print_json, say, table, yes_option
from ddb_client.cli.lamps import Shown, drawn, look, watch
from ddb_client.ports import Member
from ddb_client.wiring import Laptop


@click.group("fleet")
def command() -> None:
    """A practice fleet: custodians as processes on this machine.

    They are real in all but one thing: they lock nothing, since whoever has this machine has their files.
    """


@command.command()
@click.option("--custodians", type=click.IntRange(1, len(fleet.NAMES)), default=3, show_default=True)
@json_option
@click.pass_obj
def up(laptop: Laptop, custodians: int, as_json: bool) -> None:
    """Start custodians until so many run. They outlive this terminal, and keep what they hold when stopped."""
    running = fleet.bring_up(laptop.fleet, custodians)
    note(fleet.PRACTICE)
    if as_json:
        print_json([_document(member) for member in running])
        return
    table([("NAME", "ID", "ADDRESS"), *(_row(member) for member in running)])
    note("next: `ddb pair --all`, then `ddb split`")


@command.command()
@click.argument("name", required=False)
@json_option
@click.pass_obj
def down(laptop: Laptop, name: str | None, as_json: bool) -> None:
    """Stop the custodian NAME, or all of them. What they hold stays; `ddb fleet up` starts them again."""
    stopped = fleet.stop(laptop.fleet, name)
    if as_json:
        print_json({"stopped": stopped})
    else:
        say(f"stopped {', '.join(stopped)}" if stopped else "nothing ran")


@command.command()
@click.argument("name")
@json_option
@click.pass_obj
def press(laptop: Laptop, name: str, as_json: bool) -> None:
    """Press the button of the custodian NAME, as `button` in a release condition asks for it."""
    laptop.fleet.press(fleet.member(laptop.fleet, name).name)
    if as_json:
        print_json({"pressed": name})
    else:
        say(f"pressed the button of {name}")


@command.command()
@yes_option
@json_option
@click.pass_obj
def remove(laptop: Laptop, yes: bool, as_json: bool) -> None:
    """Stop all of them and remove all they hold, for good."""
    confirm("remove the practice fleet with every share it holds?", yes)
    removed = fleet.remove(laptop.fleet, laptop.book)
    if as_json:
        print_json({"removed": removed})
    else:
        say(f"removed {', '.join(removed)}" if removed else "there was no practice fleet")


@command.command()
@click.option("--watch", "live", is_flag=True, help="Draw the lights live until Ctrl-C.")
@json_option
@click.pass_obj
def status(laptop: Laptop, live: bool, as_json: bool) -> None:
    """Each custodian's lights, and what they say."""
    if live and not as_json:
        watch(lambda: _look(laptop))
        return
    shown = _look(laptop)
    if as_json:
        print_json([{**_document(one.member), "light": one.light, "means": one.means} for one in shown])
    elif shown:
        for line in drawn(shown):
            say(line)
        note(fleet.PRACTICE)
    else:
        say("there is no practice fleet here")
        note("  `ddb fleet up` starts one")


def _look(laptop: Laptop) -> list[Shown]:
    return look(fleet.in_order(laptop.fleet.members()), laptop.gateway)


def _document(member: Member) -> dict[str, object]:
    return {
        "name": member.name,
        "running": member.running,
        "id": member.id,
        "host": member.address.host if member.address else None,
        "port": member.address.port if member.address else None,
    }


def _row(member: Member) -> tuple[str, ...]:
    assert member.address is not None
    return member.name, (member.id or "")[:8], format_address(member.address)
