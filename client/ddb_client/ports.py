"""What the laptop's use cases need of the world. Every adapter passes the conformance suite of its port."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ddb_client.core.manifest import Item, Journal, Manifest
from ddb_client.core.pack import Entry
from ddb_client.core.remains import WipeReport
from ddb_client.core.ticket import OwnerKey, Ticket
from ddb_contract.messages import (
    Claimed,
    CustodianInfo,
    DropStatus,
    Laptop,
    LogEntry,
    Receipt,
    Reserve,
    TicketCopy,
)
from ddb_contract.shares import ShareHeader

Buffer = bytes | bytearray | memoryview
Chunks = Iterable[Buffer]
Stripes = Iterator[Buffer]


@dataclass(frozen=True)
class Address:
    """Where something listens: a host name or literal address, and a TCP port."""

    host: str
    port: int


@dataclass(frozen=True)
class Found:
    """One answer on the local network. Nothing in it is true until pinned TLS has confirmed it.

    `address` is the likeliest to work, `others` are further ones it gave.
    """

    id: str
    name: str
    paired: bool
    address: Address
    others: tuple[Address, ...] = ()


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
        """Waits while the custodian reads the share back from its disk. The receipt's signature is verified.

        Raises Failure when it gets no further with that for minutes.
        """
        ...

    def leave_ticket(self, drop: str, copy: TicketCopy) -> None: ...

    def fetch_ticket(self, lookup: bytes) -> bytes:
        """The sealed ticket under that name."""
        ...

    def commit(self, drop: str, root: bytes) -> Receipt:
        """The receipt's signature is verified."""
        ...

    def status(self, drop: str, claim: bytes, made: str = "") -> DropStatus:
        """`made`, here and below: the claim that was made, which `button` counts for."""
        ...

    def claim(self, drop: str, claim: bytes) -> Claimed:
        """Makes a claim."""
        ...

    def leaves(self, drop: str, claim: bytes, made: str = "") -> list[bytes]: ...

    def piece(self, drop: str, stripe: int, size: int, claim: bytes, made: str = "") -> bytes:
        """That stripe of a share of `size` bytes, unchecked."""
        ...

    def collected(self, drop: str, claim: bytes, made: str = "") -> None: ...

    def approve(self, code: bytes) -> bool:
        """Enters the seed of an approver's code. Whether it had been entered before."""
        ...

    def extend(self, drop: str, secret: bytes, extra: str) -> Receipt:
        """The condition becomes what it is AND `extra`. The receipt's signature is verified."""
        ...

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


@dataclass(frozen=True)
class Member:
    """A custodian of the practice fleet on this machine. `address` and `id`: None unless it runs."""

    name: str
    running: bool
    address: Address | None
    id: str | None


class Fleet(Protocol):
    """Practice custodians: real processes on this machine, which lock nothing, since the owner has their files."""

    def members(self) -> list[Member]:
        """All that were ever started and not removed, sorted by name."""
        ...

    def start(self, names: Sequence[str]) -> None:
        """Returns once all of them run and are announced; those that run already stay. Raises Failure."""
        ...

    def stop(self, name: str) -> None:
        """Returns once it has ended. Never ends a process that is not proven to be that custodian."""
        ...

    def remove(self, name: str) -> None:
        """Its whole state, with the shares it holds. It must have been stopped."""
        ...

    def pairing_code(self, name: str) -> str:
        """The code of its pairing window, which is opened (as by its button) if it is shut. Raises Failure."""
        ...

    def press(self, name: str) -> None:
        """A short press of its button. Raises Failure when it doesn't run."""
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
        """Newest first. A file that is no ticket, or that can't be opened here, is named, not returned, left alone."""
        ...

    def open(self, path: str) -> Ticket:
        """The ticket in a file of one's own. Raises BadTicket, BadTarget when there is none."""
        ...

    def write(self, ticket: Ticket) -> str:
        """Replaces the drop's ticket; one under a passphrase stays so. Returns the path."""
        ...

    def protect(self, drop: bytes, passphrase: str) -> None:
        """From now on the drop's ticket is written under this passphrase."""
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

    @property
    def name(self) -> str: ...

    @property
    def index(self) -> int: ...

    @property
    def leaves(self) -> Sequence[bytes] | None: ...

    def piece(self, stripe: int) -> bytes:
        """Unchecked bytes. Raises SourceLost when the source is gone for good, SourceAway when it may be back."""
        ...


class Source(Protocol):
    """Reads what is to be put away. Opens nothing for writing, follows no link."""

    def survey(self, path: str) -> Manifest:
        """All that lies there, parents first, without digests. Raises BadTarget, also for devices and the like."""
        ...

    def read(self, manifest: Manifest, item: Item) -> Iterator[bytes]:
        """A file's bytes. Raises SourceChanged unless it is, before and after, what the survey saw."""
        ...

    def changes(self, manifest: Manifest) -> list[str]:
        """In words, what is no longer as it was read (identity, size, times, the content read again, additions)."""
        ...


class Eraser(Protocol):
    """Takes originals away, as far as a file system lets anybody."""

    def wipe(self, drop: bytes, manifest: Manifest) -> WipeReport:
        """Overwrites and removes what is still exactly what was read; leaves and names the rest.

        After a crash it is called again with the same arguments and finishes what it had begun.
        """
        ...


class Writing(Protocol):
    """A file or folder being written beside its target."""

    def add(self, entry: Entry, chunks: Chunks) -> None:
        """Parents first; the first entry is the target itself. Raises LocalDisk, BadShare (an impossible entry)."""
        ...

    def finish(self) -> str:
        """Modes, times and links, fsync, rename, folder fsync. Returns the path. Raises LocalDisk, BadTarget."""
        ...

    def abandon(self) -> None:
        """Nothing of it stays."""
        ...


class Target(Protocol):
    """Puts back what was put away: whole, or not at all."""

    def begin(self, path: str, force: bool) -> Writing:
        """Raises BadTarget when something is there already and not `force`, its folder is missing, or another process
        writes to it."""
        ...


class PadSink(Protocol):
    """A pad being written beside its path."""

    def put(self, stripe: int, piece: bytes | bytearray | memoryview) -> None: ...

    def finish(self) -> None:
        """fsync, rename, folder fsync. Raises BadTarget when something is there by now, LocalDisk."""
        ...


@dataclass(frozen=True)
class ShareFile:
    """A share in a file: its header, the bytes of its body, and the leaves that lie beside it, unchecked, if any."""

    path: str
    header: ShareHeader
    size: int
    leaves: tuple[bytes, ...] | None


class ShareFiles(Protocol):
    """Shares in files: 48-byte header, then the body."""

    def create(self, path: str, header: ShareHeader) -> PadSink:
        """Raises BadTarget when something is there already, LocalDisk."""
        ...

    def open(self, path: str) -> ShareFile:
        """Raises BadShare when it is no share, BadTarget when it can't be read."""
        ...

    def piece(self, share: ShareFile, stripe: int) -> bytes:
        """Unchecked, and shorter where the file ends early: its other stripes still serve. Raises SourceLost."""
        ...

    def remove(self, path: str, drop: bytes) -> None:
        """Removes what `create` made there for that drop, finished or not, and nothing else."""
        ...


class Papers(Protocol):
    """Texts for the owner's eyes, in files that weren't there before."""

    def check(self, path: str) -> None:
        """Raises BadTarget when something is there already, or its folder is missing."""
        ...

    def write(self, path: str, text: str) -> None:
        """0600, fsync, folder fsync. Raises BadTarget, LocalDisk; then nothing of it stays."""
        ...

    def remove(self, path: str) -> None:
        """What `write` made there."""
        ...


class Journals(Protocol):
    """What `ddb split` was doing, until it is done: 0600, written as temp + fsync + rename + folder fsync."""

    def all(self) -> list[Journal]: ...

    def read(self, drop: bytes) -> Journal | None: ...

    def write(self, journal: Journal) -> None: ...

    def remove(self, drop: bytes) -> None: ...

    def alone(self, drop: bytes) -> AbstractContextManager[bool]:
        """True within it if no other process has this drop in hand; never waits; dies with the process."""
        ...


class World(Protocol):
    """Every port that the way of a drop needs. The composition root is one."""

    @property
    def finder(self) -> Finder: ...

    @property
    def gateway(self) -> Gateway: ...

    @property
    def book(self) -> Book: ...

    @property
    def tickets(self) -> Tickets: ...

    @property
    def owner_keys(self) -> OwnerKeys: ...

    @property
    def journals(self) -> Journals: ...

    @property
    def source(self) -> Source: ...

    @property
    def eraser(self) -> Eraser: ...

    @property
    def target(self) -> Target: ...

    @property
    def share_files(self) -> ShareFiles: ...

    @property
    def entropy(self) -> Entropy: ...

    @property
    def clock(self) -> WallClock: ...

    @property
    def progress(self) -> Progress: ...
