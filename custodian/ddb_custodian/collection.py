"""Getting a share back, and destroying it: what the bearers of a drop's own secrets may do."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from ddb_contract.messages import DropStatus
from ddb_contract.problems import BadRange, Failing, Gone, Locked, Unknown
from ddb_contract.rights import Verb
from ddb_contract.shares import ShareHeader, leaf
from ddb_contract.text import b32
from ddb_custodian.asking import NOBODY, Asker, Asking
from ddb_custodian.bearers import proven
from ddb_custodian.core import release
from ddb_custodian.core.states import COMMITTED, OVER, Event, after
from ddb_custodian.judging import told
from ddb_custodian.ports import Deposit
from ddb_custodian.vault import Vault


@dataclass(frozen=True)
class Content:
    """A share that may be collected. `read` gives one stripe; it raises BadRange, Gone or Failing."""

    header: ShareHeader
    read: Callable[[int], bytes]


class Collection:
    """A wrong secret, or one for another verb, is answered like an unknown drop: Unknown."""

    def __init__(self, vault: Vault, asking: Asking) -> None:
        self._vault, self._asking = vault, asking

    def status(self, drop: bytes, verb: Verb, secret: bytes, asker: Asker = NOBODY) -> DropStatus:
        deposit = proven(self._vault, drop, verb, secret, Verb.CLAIM, Verb.EXTEND, Verb.DESTROY)
        verdict = release.verdict(deposit.state, deposit.condition, self._asking.facts(deposit, asker))
        return DropStatus(
            drop=b32(drop),
            id=self._vault.signer.id,
            state=deposit.state.value,
            damaged=deposit.damaged,
            index=deposit.header.index,
            size=deposit.header.size,
            condition=deposit.condition,
            verdict=told(verdict),
            approved=sorted(deposit.approved),
            custody_now=self._vault.custody.now(),
            locked_at=deposit.locked_at,
        )

    def leaves(self, drop: bytes, verb: Verb, secret: bytes, asker: Asker = NOBODY) -> list[bytes]:
        """Raises Unknown (also before the lock), Locked, Gone or Failing."""
        deposit = self._released(drop, verb, secret, asker)
        try:
            return self._vault.blobs.leaves(deposit.header)
        except Failing:
            self._vault.damage(deposit.header)
            raise

    def content(self, drop: bytes, verb: Verb, secret: bytes, asker: Asker = NOBODY) -> Content:
        """Raises Unknown (also before the lock), Locked or Gone."""
        deposit = self._released(drop, verb, secret, asker)
        return Content(deposit.header, lambda stripe: self._stripe(deposit.header, stripe))

    def collected(self, drop: bytes, verb: Verb, secret: bytes, asker: Asker = NOBODY) -> None:
        """Raises Unknown (also before the lock), Locked or Gone."""
        with self._vault.alone(drop):
            deposit = self._released(drop, verb, secret, asker)
            state = after(deposit.state, Event.COLLECT)
            if state is not deposit.state:
                with self._vault.shelf.transaction():
                    self._vault.shelf.put_deposit(replace(deposit, state=state))
                    self._vault.record(self._vault.custody.stamp(), "collected", deposit)

    def destroy(self, drop: bytes, verb: Verb, secret: bytes) -> None:
        """Raises Unknown or Failing; after Failing, ask again."""
        proven(self._vault, drop, verb, secret, Verb.DESTROY)
        self._vault.end(drop, Event.DESTROY, "destroyed")

    def _released(self, drop: bytes, verb: Verb, secret: bytes, asker: Asker) -> Deposit:
        deposit = proven(self._vault, drop, verb, secret, Verb.CLAIM)
        if deposit.state in OVER:
            raise Gone
        if deposit.state not in COMMITTED:
            raise Unknown
        verdict = release.verdict(deposit.state, deposit.condition, self._asking.facts(deposit, asker))
        if not verdict.holds:
            raise self._vault.refuse(Locked(verdict))
        return deposit if deposit.released else self._first_release(drop)

    def _first_release(self, drop: bytes) -> Deposit:
        with self._vault.alone(drop), self._vault.shelf.transaction():
            deposit = self._vault.shelf.deposit(drop)
            assert deposit is not None
            if deposit.state in OVER:
                raise Gone
            released = replace(deposit, released=True)
            if not deposit.released:
                self._vault.shelf.put_deposit(released)
                self._vault.record(self._vault.custody.stamp(), "released", released)
            return released

    def _stripe(self, header: ShareHeader, stripe: int) -> bytes:
        try:
            piece, kept = self._vault.blobs.read(header, stripe), self._vault.blobs.leaf(header, stripe)
        except IndexError:
            raise BadRange from None
        except Failing:
            self._missed(header)
            raise
        if kept != leaf(stripe, piece):
            self._missed(header)
        return piece

    def _missed(self, header: ShareHeader) -> None:
        deposit = self._vault.shelf.deposit(header.drop)
        if deposit is None or deposit.state in OVER:
            raise Gone
        self._vault.damage(header)
