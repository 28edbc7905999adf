"""What all use cases share: the shelf, the bytes, the custody clock, and how a share's next step is recorded."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import RLock
from typing import Literal

from ddb_contract.messages import LogEntry
from ddb_contract.problems import Conflict, Failing, Gone, Refusal
from ddb_contract.shares import ShareHeader
from ddb_contract.text import b32
from ddb_custodian.core.states import COMMITTED, OVER, Event, IllegalTransition, State, after
from ddb_custodian.custody import Custody
from ddb_custodian.journal import record
from ddb_custodian.ports import Blobs, Deposit, Shelf, Signer
from ddb_custodian.statements import Terms, receipt, sidecar


class Vault:
    """Locks are taken in this order: a drop's (`alone`), then the shelf's (`transaction`)."""

    def __init__(self, shelf: Shelf, blobs: Blobs, custody: Custody, signer: Signer, terms: Terms) -> None:
        self.shelf, self.blobs, self.custody, self.signer, self.terms = shelf, blobs, custody, signer, terms
        self.failing = False
        self.refusals = 0
        self._locks = tuple(RLock() for _ in range(16))

    def alone(self, drop: bytes) -> RLock:
        """Whoever changes a drop holds this. Drops may share one."""
        return self._locks[drop[0] % len(self._locks)]

    @contextmanager
    def storage(self) -> Iterator[None]:
        """Around writes to the disk: remembers for the light whether they fail."""
        try:
            yield
        except Failing:
            self.failing = True
            raise
        self.failing = False

    def refuse(self, refusal: Refusal) -> Refusal:
        """To be raised. Refusals are counted, not logged one by one: a stranger must not fill the disk."""
        self.refusals += 1
        return refusal

    def record(self, at: float, event: str, deposit: Deposit, by: str = "") -> LogEntry:
        """Within a transaction: what happened to that drop, and `by` whom if it needs saying."""
        return record(self.shelf, at, event, f"{b32(deposit.header.drop)} {by}".rstrip())

    def lock(self, deposit: Deposit, at: float, event: str) -> Deposit:
        """Within a transaction: the share is under its lock from now on, and the receipt says so."""
        locked = replace(deposit, state=State.LOCKED, locked_at=at, touched_at=at)
        entry = self.record(at, event, locked)
        locked = replace(locked, locked_receipt=self.receipt("locked", locked, at, entry))
        self.shelf.put_deposit(locked)
        return locked

    def receipt(self, kind: Literal["stored", "locked"], deposit: Deposit, at: float, entry: LogEntry) -> bytes:
        return receipt(self.signer, self.terms, kind, deposit, at, entry)

    def put_sidecar(self, deposit: Deposit, now: float) -> None:
        elapsed = now - deposit.locked_at if deposit.locked_at is not None else 0.0
        with self.storage():
            self.blobs.put_sidecar(deposit.header, sidecar(self.signer, deposit, elapsed))

    def damage(self, header: ShareHeader) -> None:
        """A stripe of a share that is kept isn't what it was: said from now on, and logged once."""
        with self.alone(header.drop), self.shelf.transaction():
            deposit = self.shelf.deposit(header.drop)
            if deposit is None or deposit.state not in COMMITTED or deposit.damaged:
                return
            self.shelf.put_deposit(replace(deposit, damaged=True))
            self.record(self.custody.stamp(), "damaged", deposit)

    def end(self, drop: bytes, event: Event, word: str) -> None:
        """Recorded as over, then removed, with all that belongs to it. Again, it is only removed again."""
        with self.alone(drop):
            deposit = self.shelf.deposit(drop)
            assert deposit is not None
            state = after(deposit.state, event)
            if deposit.state not in OVER:
                with self.shelf.transaction():
                    self.shelf.put_deposit(replace(deposit, state=state))
                    self.shelf.remove_ticket(drop)
                    self.record(self.custody.stamp(), word, deposit)
        with self.storage():
            self.blobs.remove(deposit.header)


def step(deposit: Deposit, event: Event) -> State:
    """The state that follows, as `states.after`. Raises Gone for a share that is over, Conflict for any other no."""
    if deposit.state in OVER:
        raise Gone
    try:
        return after(deposit.state, event)
    except IllegalTransition as error:
        raise Conflict(str(error)) from None
