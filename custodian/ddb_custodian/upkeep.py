"""What a custodian does unasked: its house is in order at the start, and every second it does what time brings."""

from dataclasses import replace

from ddb_contract.problems import Failing, NoRoom
from ddb_contract.shares import root
from ddb_custodian.core.release import expired
from ddb_custodian.core.states import COMMITTED, OVER, Event, State
from ddb_custodian.deposits import LIVE
from ddb_custodian.journal import record
from ddb_custodian.ports import Deposit
from ddb_custodian.statements import read_sidecar
from ddb_custodian.vault import Vault

REFRESH_EVERY = 3600.0
"""Custody seconds between two refreshes of the sidecars, and between two counts of refusals in the log."""

_UNCOMMITTED = (State.RECEIVING, State.STORED)


class Upkeep:
    """Runs in one thread at a time."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._refreshed_at = vault.custody.now()

    def start(self) -> None:
        """Rebuilds a lost shelf, repeats removals that a crash cut short, tidies the shares' folder."""
        vault = self._vault
        if vault.shelf.custody() is None:
            self._rebuild()
        try:
            self._remove_again()
            self._tidy()
        except (Failing, NoRoom):
            vault.failing = True

    def _tidy(self) -> None:
        vault = self._vault
        receiving = {deposit.header.drop for deposit in vault.shelf.deposits((State.RECEIVING,))}
        vault.blobs.tidy(receiving, {deposit.header.drop for deposit in vault.shelf.deposits(LIVE)})

    def tick(self) -> None:
        """Raises nothing: while storage fails, it shows, and is tried again at the next tick."""
        try:
            self._recover()
            self._vault.custody.save_if_due()
            self._expire()
            self._refresh()
        except (Failing, NoRoom):
            self._vault.failing = True

    def _recover(self) -> None:
        if self._vault.failing:
            self._vault.custody.save()
            self._vault.blobs.check()
            self._remove_again()
            self._vault.failing = False

    def _remove_again(self) -> None:
        for deposit in self._vault.shelf.deposits(tuple(OVER)):
            self._vault.blobs.remove(deposit.header)

    def _expire(self) -> None:
        now = self._vault.custody.now()
        for waiting in self._vault.shelf.deposits(_UNCOMMITTED):
            if expired(waiting.state, waiting.touched_at, now):
                self._expire_one(waiting.header.drop, now)

    def _expire_one(self, drop: bytes, now: float) -> None:
        with self._vault.alone(drop):
            deposit = self._vault.shelf.deposit(drop)
            if deposit and expired(deposit.state, deposit.touched_at, now):
                self._vault.end(drop, Event.EXPIRE, "expired")

    def _refresh(self) -> None:
        now = self._vault.custody.now()
        if now - self._refreshed_at < REFRESH_EVERY:
            return
        self._refreshed_at = now
        self._count_refusals()
        for drop in [deposit.header.drop for deposit in self._vault.shelf.deposits(tuple(COMMITTED))]:
            with self._vault.alone(drop):
                deposit = self._vault.shelf.deposit(drop)
                if deposit and deposit.state in COMMITTED:
                    self._vault.put_sidecar(deposit, now)

    def _count_refusals(self) -> None:
        count, self._vault.refusals = self._vault.refusals, 0
        if count:
            with self._vault.shelf.transaction():
                record(self._vault.shelf, self._vault.custody.stamp(), "refused", f"{count} requests")

    def _rebuild(self) -> None:
        vault = self._vault
        with vault.shelf.transaction():
            at = vault.custody.stamp()
            for note in vault.blobs.sidecars():
                try:
                    deposit = read_sidecar(vault.signer, note, at)
                except ValueError:
                    continue
                vault.lock(self._inspected(deposit), at, "rebuilt")

    def _inspected(self, deposit: Deposit) -> Deposit:
        try:
            leaves = self._vault.blobs.leaves(deposit.header)
        except Failing:
            leaves = []
        return replace(deposit, damaged=root(deposit.header, leaves) != deposit.root)
