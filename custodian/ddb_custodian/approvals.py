"""Approving: whoever enters an approver's code lets one drop's condition count on that, for good."""

import hmac
from collections import OrderedDict
from dataclasses import replace
from ipaddress import IPv6Address, ip_address, ip_network
from threading import Lock

from ddb_contract.problems import TooMany, Unknown
from ddb_contract.rights import approval_hash
from ddb_custodian.core.guesses import Bucket, Rate, left, spent
from ddb_custodian.core.states import COMMITTED, Event
from ddb_custodian.ports import Deposit
from ddb_custodian.vault import Vault, step

FROM_ONE = Rate(burst=5, every=15.0)
"""Wrong codes from one source: an IPv4 address, or an IPv6 network of 64 bits."""
IN_ALL = Rate(burst=60, every=1.0)
"""Wrong codes from everywhere together."""
SOURCES = 256
"""Sources remembered at once; whoever has more addresses meets the limit on all."""


class Guesses:
    """Counts wrong codes, in memory. Right ones cost nothing. Thread-safe."""

    def __init__(self) -> None:
        self._lock, self._all = Lock(), Bucket(IN_ALL.burst, 0.0)
        self._sources: OrderedDict[str, Bucket] = OrderedDict()

    def admit(self, address: str, now: float) -> None:
        """Raises TooMany after too many wrong ones from there, or in all."""
        with self._lock:
            if left(FROM_ONE, self._sources.get(_source(address)), now) < 1 or left(IN_ALL, self._all, now) < 1:
                raise TooMany("too many wrong codes; try again in a minute", wait=int(FROM_ONE.every))

    def missed(self, address: str, now: float) -> None:
        """One more was wrong."""
        source = _source(address)
        with self._lock:
            self._all = spent(IN_ALL, self._all, now)
            self._sources[source] = spent(FROM_ONE, self._sources.get(source), now)
            self._sources.move_to_end(source)
            while len(self._sources) > SOURCES:
                self._sources.popitem(last=False)


def _source(address: str) -> str:
    try:
        peer = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(peer, IPv6Address):
        return str(peer.ipv4_mapped or ip_network((peer, 64), strict=False))
    return str(peer)


class Approvals:
    """A code that fits no locked share here is answered Unknown, whatever is the matter with it."""

    def __init__(self, vault: Vault) -> None:
        self._vault, self._guesses = vault, Guesses()

    def approve(self, seed: bytes, address: str) -> bool:
        """Whether it was recorded already; by now it is, durably. Raises Unknown, TooMany, NoRoom or Failing."""
        now = self._vault.custody.now()
        try:
            self._guesses.admit(address, now)
        except TooMany as refusal:
            raise self._vault.refuse(refusal) from None
        for deposit in self._vault.shelf.deposits(tuple(COMMITTED)):
            number = _number(deposit, seed)
            if number is not None:
                return self._approved(deposit.header.drop, number)
        self._guesses.missed(address, now)
        raise self._vault.refuse(Unknown())

    def _approved(self, drop: bytes, number: int) -> bool:
        vault = self._vault
        with vault.alone(drop):
            deposit = vault.shelf.deposit(drop)
            if deposit is None or deposit.state not in COMMITTED:
                raise vault.refuse(Unknown())
            if number in deposit.approved:
                return True
            state = step(deposit, Event.APPROVE)
            approved = replace(deposit, state=state, approved=deposit.approved | {number})
            vault.put_sidecar(approved, vault.custody.now())
            with vault.shelf.transaction():
                vault.shelf.put_deposit(approved)
                vault.record(vault.custody.stamp(), "approved", approved, f"approver {number}")
        return False


def _number(deposit: Deposit, seed: bytes) -> int | None:
    digest = approval_hash(deposit.header.drop, seed)
    numbered = enumerate(deposit.approve_hashes, 1)
    return next((number for number, kept in numbered if hmac.compare_digest(kept, digest)), None)
