"""`ddb approve`"""

import click

from ddb_client.addresses import parse_address
from ddb_client.approve import approve
from ddb_client.cli.frame import ask, json_option, note, print_json, say
from ddb_client.core.outlook import listed
from ddb_client.wiring import Laptop


@click.command("approve")
@click.argument("code", required=False)
@click.option("--host", multiple=True, metavar="ADDR[:PORT]", help="Where a custodian answers besides. Repeatable.")
@json_option
@click.pass_obj
def command(laptop: Laptop, code: str | None, host: tuple[str, ...], as_json: bool) -> None:
    """Enter an approver's CODE from its slip, at every custodian that can be found; it is asked for if not given.

    It works on any laptop, paired or not. An approval counts at once and can't be taken back; whether it is enough to
    open the drop is for each custodian's condition.

    \b
    ddb approve
    ddb approve --host 192.168.1.20
    """
    hosts = tuple(map(parse_address, host))
    approval = approve(laptop, code if code is not None else ask("approval code"), hosts)
    if as_json:
        print_json(
            {
                "recorded": list(approval.recorded),
                "already": list(approval.already),
                "unknown": list(approval.unknown),
                "failed": dict(approval.failed),
            }
        )
        return
    if approval.recorded:
        say(f"approved: recorded at {listed(approval.recorded)}")
    if approval.already:
        say(f"approved before: {listed(approval.already)} had it already")
    for message in approval.failed.values():
        note(f"not asked: {message}")
    note("each custodian counts its own approvals; ddb approve again reaches those that were away")
