"""The command line. Every verb is a module here with a `command`, loaded only when it is asked for.

A verb parses, calls a use case, prints. It gets the composition root with `click.pass_obj` (`ddb_client.wiring.Laptop`)
and raises `ddb_client.errors.Failure`; `frame.run` is the one place that turns what is raised into words and a status.
"""

import sys
from importlib import import_module
from typing import NoReturn

import click

from ddb_client.cli import frame

VERBS = {
    "split": "put a file or folder away, in the hands of custodians",
    "status": "what lies where, and when it opens",
    "recover": "get a drop back once its conditions hold",
    "join": "get a drop back from share files, without any custodian",
    "approve": "enter an approver's code",
    "extend": "lock a drop for longer, or under more conditions",
    "rehearse": "prove with a harmless drop that the fleet locks and releases",
    "destroy": "destroy a drop at every custodian, for good",
    "discover": "look for custodians on this network",
    "pair": "pair this laptop with a custodian",
    "unpair": "give up the pairing with a custodian",
    "laptops": "the laptops that a custodian is paired with",
    "log": "what a custodian did, and whether its log is whole",
    "fleet": "a practice fleet on this machine, which locks nothing",
}


class _Verbs(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command: click.Command = import_module(f"ddb_client.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.command(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=frame.show_version,
    help="Show the version and exit.",
)
@click.pass_context
def ddb(ctx: click.Context) -> None:
    """Lock a file away from yourself: sealed, split, and held by custodians until your own conditions hold."""
    from ddb_client.wiring import Laptop

    ctx.obj = Laptop(ask_passphrase=frame.passphrase)
    ctx.call_on_close(ctx.obj.close)


def main() -> NoReturn:
    """The `ddb` command."""
    frame.clear_up_when_ended()
    sys.exit(frame.run(ddb, sys.argv[1:]))
