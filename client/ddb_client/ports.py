"""What the laptop's use cases need of the world. Every adapter passes the conformance suite of its port."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ddb_client.core.ticket import OwnerKey, Ticket
from ddb_contract.messages import (
    CustodianInfo,
    DropStatus,
    Laptop,
    LogEntry,
    Receipt,
    Reserve,
    TicketCopy,
)


@dataclass(frozen=True)
class Address:
    """Where something listens: a host name or literal address, and a TCP port."""

    host: str
    port: int


@dataclass(frozen=True)
class Found:
    """One answer on the local network. Nothing in it is true until pinned TLS has confirmed it."""

    id: str
    name: str
    paired: bool
    address: Address


@dataclass(frozen=True)
class Paired:
    """A custodian in this laptop's fleet: its pin (`id`), where it was last seen, and the token to deposit with."""

    id: str
    name: str
    address: Address
    token: bytes
    practice: bool
    administered: bool


class Finder(Protocol):
    """Looks around on the local network."""

    def find(self, wanted: frozenset[str] = frozenset()) -> list[Found]:
        """All custodians that answer, sorted by name. Returns early once every id in `wanted` is found."""
        ...


class CustodianApi(Protocol):
    """One custodian over pinned TLS. No byte leaves before the pin matched.

    Every call raises Unreachable when the custodian can't be reached (after the adapter's own retries), Impostor when
    another key answers, and Refused (with the problem's code) when it says no. One instance serves many threads.
    """

    id: str
    name: str

    def info(self) -> CustodianInfo: ...

    def laptops(self) -> list[Laptop]: ...

    def revoke(self, laptop: str) -> None: ...

    def log(self) -> list[LogEntry]: ...

    def reserve(self, request: Reserve) -> None: ...

    def put_piece(self, drop: str, stripe: int, piece: bytes | bytearray | memoryview) -> None:
        """Returns once the custodian has written it; tries again over a new connection while it can."""
        ...

    def store(self, drop: str, root: bytes) -> Receipt:
        """Waits while the custodian reads the share back from its disk. The receipt's signature is verified."""
        ...

    def leave_ticket(self, drop: str, copy: TicketCopy) -> None: ...

    def fetch_ticket(self, lookup: bytes) -> bytes:
        """The sealed ticket under that name."""
        ...

    def commit(self, drop: str, root: bytes) -> Receipt:
        """The receipt's signature is verified."""
        ...

    def status(self, drop: str, claim: bytes) -> DropStatus: ...

    def leaves(self, drop: str, claim: bytes) -> list[bytes]: ...

    def piece(self, drop: str, stripe: int, size: int, claim: bytes) -> bytes:
        """That stripe of a share of `size` bytes, unchecked."""
        ...

    def collected(self, drop: str, claim: bytes) -> None: ...

    def destroy(self, drop: str, secret: bytes) -> None:
        """Returns once the share is gone there, also if it was gone already."""
        ...


class Gateway(Protocol):
    """Opens custodians."""

    def open(self, custodian: str, name: str, addresses: Sequence[Address], token: bytes | None) -> CustodianApi:
        """Makes no connection yet. `addresses` are tried in order; the pin is `custodian`, its id."""
        ...

    def pair(self, address: Address, custodian: str | None, code: str, laptop: str) -> Paired:
        """One guess. Raises WrongCode, PairingClosed, Impostor (not `custodian`, when one is named), Unreachable."""
        ...

    def greet(self, address: Address) -> CustodianInfo:
        """Who answers there, by the key it has shown: no pin is known yet."""
        ...


class Book(Protocol):
    """The fleet: the custodians that this laptop is paired with. Kept 0600, written whole, fsynced."""

    def all(self) -> list[Paired]: ...

    def add(self, paired: Paired) -> None:
        """Replaces an earlier pairing with the same id."""
        ...

    def remove(self, custodian: str) -> None: ...


class Tickets(Protocol):
    """Tickets on this laptop: 0600, written as temp + fsync + rename + folder fsync."""

    def all(self) -> list[Ticket]:
        """Newest first. A file that is no ticket is not returned, and is left alone."""
        ...

    def write(self, ticket: Ticket) -> str:
        """Replaces the drop's ticket. Returns the path."""
        ...

    def remove(self, drop: bytes) -> None: ...


class OwnerKeys(Protocol):
    """Owner keys, in another folder than the tickets."""

    def read(self, drop: bytes) -> OwnerKey | None: ...

    def write(self, key: OwnerKey) -> str: ...

    def remove(self, drop: bytes) -> None: ...


class Entropy(Protocol):
    """The operating system's generator."""

    def __call__(self, size: int) -> bytes: ...


class WallClock(Protocol):
    """The laptop's own clock: for plans and countdowns, never for a lock."""

    def now(self) -> datetime:
        """Zone-aware."""
        ...

    def wait(self, seconds: float) -> None: ...


class Progress(Protocol):
    """Tells a person how far something is. Silent in a pipe."""

    def start(self, task: str, total: int | None) -> None:
        """Opens a bar (bytes of `total`; None: no known end)."""
        ...

    def advance(self, task: str, by: int) -> None: ...

    def finish(self, task: str) -> None: ...

    def say(self, line: str) -> None:
        """One sentence for the person."""
        ...


class PieceSink(Protocol):
    """Takes one share's stripes in order, from a thread of its own."""

    def put(self, stripe: int, piece: bytes | bytearray | memoryview) -> None: ...


class PieceSource(Protocol):
    """Gives one share's stripes, from several threads, in any order.

    `leaves` are its verified digests, or None where only the joined result can tell (a share file whose root is wrong).
    """

    name: str
    index: int
    leaves: Sequence[bytes] | None

    def piece(self, stripe: int) -> bytes:
        """Unchecked bytes. Raises SourceLost when the source is gone for good."""
        ...


Chunks = Iterable[bytes | bytearray | memoryview]
Stripes = Iterator[bytes | bytearray | memoryview]
