"""`ddb rehearse`"""

import tempfile
from dataclasses import asdict
from pathlib import Path

import click

from ddb_client.cli.frame import json_option, note, print_json, say
from ddb_client.errors import Failure
from ddb_client.rehearse import LOCK, Step, rehearse
from ddb_client.resume import resume
from ddb_client.wiring import Laptop
from ddb_contract.shares import MAX_SHARES


@click.command("rehearse")
@click.option(
    "--custodians", type=click.IntRange(1, MAX_SHARES), metavar="N", help="How many. Default: all that answer."
)
@json_option
@click.pass_obj
def command(laptop: Laptop, custodians: int | None, as_json: bool) -> int:
    """Prove with a harmless drop that the fleet works: pairing, upload, lock, refusal, release, recovery.

    It is locked for a few seconds, comes back, is compared, and is destroyed. Nothing of yours is touched.

    \b
    ddb rehearse
    ddb rehearse --custodians 3 --json
    """
    resume(laptop)
    note(f"a harmless drop is locked for {LOCK} seconds")
    with tempfile.TemporaryDirectory(prefix="ddb-") as folder:
        steps = rehearse(laptop, Path(folder), custodians, lambda step: None if as_json else _tell(step))
    ok = all(step.ok for step in steps)
    if as_json:
        print_json({"ok": ok, "steps": [asdict(step) for step in steps]})
    elif ok:
        say("the rehearsal went well")
    return 0 if ok else Failure.exit_status


def _tell(step: Step) -> None:
    say(f"{'ok' if step.ok else 'FAILED'}  {step.name}: {step.seen}")
