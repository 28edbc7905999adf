"""The claims that this laptop makes: what momentary forms of a condition hold for."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from ddb_client.core.ticket import Ticket
from ddb_client.custody import each
from ddb_client.ports import CustodianApi, WallClock
from ddb_client.survey import Standing
from ddb_contract.messages import Claimed

LASTS = timedelta(minutes=15)
"""After that a claim is over, unless the button was pressed for it."""


class Claims:
    """At most one claim at each custodian of a drop, for as long as one recovery lasts."""

    def __init__(self, clock: WallClock) -> None:
        self._clock = clock
        self._made: dict[str, tuple[str, datetime]] = {}

    @property
    def made(self) -> dict[str, str]:
        """By the custodian's id, as its api takes them."""
        return {custodian: claim for custodian, (claim, _) in self._made.items()}

    def of(self, custodian: str) -> str:
        """The claim made there; empty if there is none."""
        return self.made.get(custodian, "")

    def renew(self, ticket: Ticket, apis: Sequence[CustodianApi], standings: Sequence[Standing]) -> None:
        """Claims where a condition would hold for a claim, unless one that was made there is still good.

        A custodian that was away may have forgotten its claims. Who doesn't answer is claimed at the next time.
        """
        now = self._clock.now()
        for standing in standings:
            custodian = standing.holder.custodian or ""
            _, since = self._made.get(custodian, ("", now))
            if not standing.held or (not standing.holds and now - since >= LASTS):
                self._made.pop(custodian, None)
        wanted = {s.holder.custodian for s in standings if s.held and s.momentary and not s.holds} - set(self._made)
        answers = each(
            [api for api in apis if api.id in wanted], lambda api: api.claim(ticket.drop, ticket.claim(api.id))
        )
        for custodian, answer in answers.items():
            if isinstance(answer, Claimed):
                self._made[custodian] = answer.claim, now
