"""What holds for one claim only: where it comes from, and whether the button was pressed for it."""

from dataclasses import dataclass

from ddb_contract.conditions import Facts
from ddb_contract.messages import Claimed
from ddb_contract.problems import Failing, Gone, NoRoom, Unknown
from ddb_contract.rights import Verb
from ddb_contract.text import b64
from ddb_custodian.bearers import proven
from ddb_custodian.claims import Claim, Claims
from ddb_custodian.core import release
from ddb_custodian.core.states import COMMITTED, OVER
from ddb_custodian.judging import facts, told
from ddb_custodian.ports import Deposit, Links
from ddb_custodian.vault import Vault


@dataclass(frozen=True, repr=False)
class Asker:
    """Who makes a request: the address of the socket's other end, and the claim that the request names."""

    address: str
    claim: bytes | None = None


NOBODY = Asker("")
"""From nowhere, without a claim: what is momentary doesn't hold."""


class Asking:
    """Makes claims, takes presses, and knows the facts for each asker."""

    def __init__(self, vault: Vault, links: Links, claims: Claims) -> None:
        self._vault, self._links, self._claims = vault, links, claims

    def facts(self, deposit: Deposit, asker: Asker) -> Facts | None:
        """What is known for this asker, now. A claim that is over, or another drop's, counts as none."""
        near, now = self._links.near(asker.address), self._vault.custody.now()
        pressed = self._claims.use(asker.claim, deposit.header.drop, near, now)
        return facts(deposit, now, pressed=pressed, near=near)

    def claim(self, drop: bytes, verb: Verb, secret: bytes, address: str) -> Claimed:
        """Raises Unknown (also before the lock) or Gone."""
        deposit = proven(self._vault, drop, verb, secret, Verb.CLAIM)
        if deposit.state in OVER:
            raise Gone
        if deposit.state not in COMMITTED:
            raise Unknown
        near, now = self._links.near(address), self._vault.custody.now()
        claim, known = self._claims.make(drop, near, now), facts(deposit, now, near=near)
        return Claimed(
            claim=b64(claim.name),
            verdict=told(release.verdict(deposit.state, deposit.condition, known)),
            waits_for_button=release.waits(deposit.state, deposit.condition, known),
        )

    def waiting(self) -> list[Claim]:
        """The claims that only the button is missing for."""
        now = self._vault.custody.now()
        return [claim for claim in self._claims.unpressed(now) if self._waits(claim, now)]

    def press(self) -> None:
        """The button was pressed: it counts for every claim that waits for it now. Recorded once a drop, then done.

        Raises nothing: what can't be recorded didn't happen, and the light says that storage fails.
        """
        waiting = self.waiting()
        try:
            self._record({claim.drop for claim in waiting})
        except (Failing, NoRoom):
            self._vault.failing = True
            return
        self._claims.press(waiting, self._vault.custody.now())

    def _record(self, drops: set[bytes]) -> None:
        with self._vault.shelf.transaction():
            for drop in sorted(drops):
                deposit = self._vault.shelf.deposit(drop)
                assert deposit is not None
                self._vault.record(self._vault.custody.stamp(), "pressed", deposit)

    def _waits(self, claim: Claim, now: float) -> bool:
        deposit = self._vault.shelf.deposit(claim.drop)
        return deposit is not None and release.waits(
            deposit.state, deposit.condition, facts(deposit, now, near=claim.near)
        )
