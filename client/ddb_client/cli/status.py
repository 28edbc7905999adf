"""`ddb status`"""

from datetime import datetime, timedelta
from typing import Any

import click

from ddb_client.cli.frame import json_option, note, print_json, say
from ddb_client.cli.words import from_now, iso, local
from ddb_client.core.outlook import listed
from ddb_client.core.spoken import timing
from ddb_client.custody import find_ticket
from ddb_client.errors import Usage
from ddb_client.resume import resume
from ddb_client.status import DropStanding, statuses
from ddb_client.survey import Standing
from ddb_client.wiring import Laptop
from ddb_contract.conditions import duration

_PUT_AWAY = ("locked", "open", "collected")
_EVERY = 1.0
"""Seconds between two looks of --watch."""


@click.command("status")
@click.argument("drop", required=False)
@click.option("--watch", is_flag=True, help="Keep looking, until Ctrl-C.")
@json_option
@click.pass_obj
def command(laptop: Laptop, drop: str | None, watch: bool, as_json: bool) -> None:
    """What lies where, and when it opens: of one DROP (its name, or the beginning of its id), or of all."""
    if watch and as_json:
        raise Usage("--watch shows, --json prints one document: choose one")
    resume(laptop)
    if as_json:
        now, drops = _look(laptop, drop)
        print_json({"drops": [_document(standing, now) for standing in drops]})
    elif watch:
        _watch(laptop, drop)
    else:
        for line in _lines(*_look(laptop, drop)):
            say(line)


def _look(laptop: Laptop, drop: str | None) -> tuple[datetime, list[DropStanding]]:
    tickets = [find_ticket(laptop, drop)] if drop else laptop.tickets.all()
    drops = statuses(laptop, tickets)
    return laptop.clock.now(), drops


def _watch(laptop: Laptop, drop: str | None) -> None:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    with Live(console=Console(), auto_refresh=False) as live:
        try:
            while True:
                live.update(Text("\n".join(_lines(*_look(laptop, drop)))), refresh=True)
                laptop.clock.wait(_EVERY)
        except KeyboardInterrupt:
            note("")


def _lines(now: datetime, drops: list[DropStanding]) -> list[str]:
    if not drops:
        return ["no drops on this laptop"]
    return [line for drop in drops for line in _drop_lines(drop, now)]


def _drop_lines(drop: DropStanding, now: datetime) -> list[str]:
    ticket, at = drop.ticket, drop.opens_at(now)
    opens = ""
    if at is not None and drop.opens_in:
        opens = f", opens on {local(at)}, in {duration(round(drop.opens_in))}"
    elif drop.state == "locked" and drop.soonest is not None and at is None:
        opens = f", {timing(None, drop.soonest, from_now(now))}"
    return [
        f"{ticket.label} ({ticket.drop[:8]}): {drop.state}{opens}; any {ticket.k} of {ticket.n} bring it back",
        *([] if drop.within_reach or drop.state not in _PUT_AWAY else ["  not now: too few of its custodians answer"]),
        *(["  practice: these custodians lock nothing"] if ticket.practice else []),
        *(f"  {_custodian_words(standing)}" for standing in drop.standings),
        *(f"  {sentence}" for sentence in drop.what_if(from_now(now))),
    ]


def _custodian_words(standing: Standing) -> str:
    verdict = "releases" if standing.holds else standing.state
    damaged = ", damaged" if standing.damaged else ""
    approved = f"; approved by {listed(standing.approved)}" if standing.approved else ""
    awaits = f"; awaits {listed(standing.awaits)}" if standing.awaits else ""
    return f"{standing.holder.name}: {verdict}{damaged}: {'; '.join(standing.reasons)}{approved}{awaits}"


def _document(drop: DropStanding, now: datetime) -> dict[str, Any]:
    return {
        "drop": drop.ticket.drop,
        "state": drop.state,
        "opens_at": iso(drop.opens_at(now)),
        "custodians": [
            {
                "name": standing.holder.name,
                "state": standing.state,
                "holds": standing.holds,
                "reasons": list(standing.reasons),
                "next_change": _moment(standing.next_change, now),
                "approved": list(standing.approved),
                "awaits": list(standing.awaits),
            }
            for standing in drop.standings
        ],
    }


def _moment(left: float | None, now: datetime) -> str | None:
    return None if left is None else iso(now + timedelta(seconds=left))
