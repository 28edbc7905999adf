"""`ddb split`"""

import sys
from functools import partial
from pathlib import Path
from typing import Any

import click

from ddb_client.adapters.private_files import make_private
from ddb_client.cli.frame import ask, confirm, interactive, json_option, note, passphrase, print_json, say, yes_option
from ddb_client.cli.handing import handing
from ddb_client.cli.words import from_now, iso, releases
from ddb_client.core.outlook import listed, post
from ddb_client.core.plan import Wish, plan_words
from ddb_client.core.remains import report_json, report_words
from ddb_client.core.spoken import spoken, timing
from ddb_client.core.words import written
from ddb_client.drop import Done, put_away
from ddb_client.errors import Usage
from ddb_client.prepare import Prepared, prepare
from ddb_client.resume import resume
from ddb_client.wiring import Laptop
from ddb_contract.conditions import format_condition

_HERE = ""


@click.command("split")
@click.argument("path", required=False)
@click.option("--custodians", type=int, metavar="N", help="How many hold it. Default: all that answer.")
@click.option("--threshold", type=int, metavar="K", help="How many bring it back. Default: a majority.")
@click.option("--release", multiple=True, metavar="[NAME=]COND", help="When it may open, like 'after 72h'. Repeatable.")
@click.option("--require", multiple=True, metavar="NAME", help="Never without this custodian. Repeatable.")
@click.option("--pad", is_flag=False, flag_value=_HERE, metavar="[PATH]", help="Never without a piece that you keep.")
@click.option("--keep-original", is_flag=True, help="Don't wipe the original.")
@click.option("--passphrase", is_flag=True, help="Protect the ticket with a passphrase; it is asked for.")
@click.option("--slips", metavar="FILE", help="Write the approvers' codes here instead of showing them.")
@click.option("--dry-run", is_flag=True, help="Show the plan and stop.")
@click.option("--force", is_flag=True, help="Allow a threshold of 1.")
@yes_option
@json_option
@click.pass_obj
def command(laptop: Laptop, /, path: str | None, dry_run: bool, yes: bool, as_json: bool, **given: Any) -> None:
    """Put the file or folder PATH away, in the hands of custodians.

    It is sealed, split, and handed to custodians; none releases its share before its condition holds. When all of them
    have signed for it, the original is wiped.

    \b
    ddb split ~/papers --custodians 3 --release "after 72h"
    ddb split ~/papers --release "after 3d" --release attic="after 3d and button"
    ddb split ~/papers --release "after 1d and approvals 2 of notary, sister, editor" --slips slips.txt
    """
    place = path or (ask("which file or folder") if interactive() else _no_path())
    if not given["release"] and interactive():
        given["release"] = (ask("when may it open (like: after 72h)"),)
    wish = _wish(given)
    resume(laptop)
    prepared = prepare(laptop, place, wish)
    now = laptop.clock.now()
    words = plan_words(prepared.plan, wish, prepared.label, prepared.manifest.size, from_now(now))
    for line in words:
        (say if dry_run and not as_json else note)(line)
    if dry_run:
        if as_json:
            print_json(_plan_document(prepared, now))
        return
    slips = handing(laptop, prepared.plan.approvers, given["slips"], as_json)
    confirm("put it away so?", yes)
    pad, passphrase = partial(_pad_path, laptop, given["pad"]), _passphrase(given)
    with slips.kept():
        done = put_away(laptop, prepared, pad, passphrase, slips)
    if as_json:
        print_json(_document(done) | ({"approvals": slips.codes} if slips.codes else {}))
    else:
        _tell(done)


def _no_path() -> str:
    raise Usage("name the file or folder to put away", "ddb split PATH --custodians 3 --release 'after 72h'")


def _wish(given: dict[str, Any]) -> Wish:
    release, own = releases(given["release"])
    return Wish(
        release,
        own,
        given["custodians"],
        given["threshold"],
        tuple(given["require"]),
        given["pad"] is not None,
        given["keep_original"],
        given["force"],
    )


def _pad_path(laptop: Laptop, pad: str, drop: str) -> str:
    """Where it was asked to go; into the folder if that is one; beside the tickets if nothing was asked."""
    name = f"{drop}.share"
    if pad == _HERE:
        make_private(laptop.home / "pads")
        return str(laptop.home / "pads" / name)
    return str(Path(pad) / name) if Path(pad).is_dir() else pad


def _passphrase(given: dict[str, Any]) -> str | None:
    if not given["passphrase"]:
        return None
    first = passphrase("passphrase for the ticket")
    if passphrase("the same again") != first:
        raise Usage("the two passphrases differ")
    return first


def _plan_document(prepared: Prepared, now: Any) -> dict[str, Any]:
    plan, when = prepared.plan, from_now(now)
    seats = [(seat, post) for seat, post in zip(plan.seats, plan.posts, strict=True) if seat.custodian]
    return {
        "drop": None,
        "ticket": None,
        "threshold": plan.k,
        "custodians": [
            {
                "id": seat.custodian.id if seat.custodian else None,
                "name": seat.name,
                "index": seat.index,
                "condition": seat.condition_text,
                "locked_until": None if post.opens is None else when(post.opens).replace(" ", "T"),
            }
            for seat, post in seats
        ],
        "recovery_code": None,
        "wiped": False,
        "wipe_report": None,
    }


def _document(done: Done) -> dict[str, Any]:
    ticket = done.ticket
    return {
        "drop": ticket.drop,
        "ticket": done.path,
        "threshold": ticket.k,
        "custodians": [
            {
                "id": holder.custodian,
                "name": holder.name,
                "index": holder.index,
                "condition": format_condition(ticket.named(holder.condition or "")),
                "locked_until": iso(done.locked_until[holder.index]),
            }
            for holder in ticket.custodians
        ],
        "recovery_code": done.recovery_code,
        "wiped": ticket.phase == "wiped",
        "wipe_report": report_json(done.report) if done.report else None,
    }


def _tell(done: Done) -> None:
    ticket, when = done.ticket, from_now(done.locked)
    say(f"locked: {ticket.label} is drop {ticket.drop}, its ticket {done.path}")
    for holder in ticket.custodians:
        condition = ticket.named(holder.condition or "")
        own = post(holder.name, False, condition)
        say(f"  {holder.name} signed for it: {spoken(condition)} ({timing(own.opens, own.soonest, when)})")
    practice = [receipt.id for receipt in done.receipts if receipt.practice]
    administered = [receipt.id for receipt in done.receipts if receipt.administered]
    for ids, meaning in (
        (practice, "signed as practice, which locks nothing"),
        (administered, "signed as administered: root there can open its share early"),
    ):
        if ids:
            say(f"  {listed(holder.name for holder in ticket.custodians if holder.custodian in ids)} {meaning}")
    for line in report_words(done.report) if done.report else ["the original is where it was"]:
        say(line)
    if sys.stdout.isatty():
        say("recovery code:")
        for line in written(done.recovery_code):
            say(f"  {line}")
        say("write it down, keep it away from this laptop: with it any laptop gets the drop back; it isn't shown again")
    else:
        note("the recovery code is shown on a terminal or with --json only")
