"""What the custodian's use cases need of the world. Every adapter passes the conformance suite of its port."""

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from ddb_contract.lights import Light
from ddb_contract.messages import LogEntry
from ddb_contract.shares import ShareHeader
from ddb_custodian.core.clock import ClockReading, CustodyTime
from ddb_custodian.core.states import State


@dataclass(frozen=True)
class Deposit:
    """One share and all that is known of it. Times are custody seconds; binary values are raw bytes.

    `laptop` is the depositor's id (16 bytes). `touched_at`: last reservation, store or commit. `released`: its content
    was asked for while the verdict held. `approve_hashes`: the approvers' digests, of which the first is number 1.
    `approved`: the numbers of those whose code was entered.
    """

    header: ShareHeader
    state: State
    damaged: bool
    laptop: bytes
    condition: str
    claim_hash: bytes
    extend_hash: bytes
    destroy_hash: bytes
    touched_at: float
    root: bytes | None = None
    locked_at: float | None = None
    stored_receipt: bytes | None = None
    locked_receipt: bytes | None = None
    released: bool = False
    approve_hashes: tuple[bytes, ...] = ()
    approved: frozenset[int] = frozenset()

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """All the digests that came with the reservation."""
        return self.claim_hash, self.extend_hash, self.destroy_hash, *self.approve_hashes


@dataclass(frozen=True)
class PairedLaptop:
    """A laptop that may deposit: its id (16 bytes), its name, the digest of its token, and its quota in bytes."""

    id: bytes
    name: str
    token_hash: bytes
    paired_at: float
    quota: int


@dataclass(frozen=True)
class PairingState:
    """Survives restarts: the code (None: make one), wrong guesses at this code, and wrong guesses in all."""

    code: str | None
    guesses_code: int
    guesses_all: int


class Clock(Protocol):
    """The machine's raw clock."""

    def read(self) -> ClockReading: ...


class Signer(Protocol):
    """The custodian's P-256 key, which never leaves it. `spki`: DER SubjectPublicKeyInfo; `id`: its digest."""

    @property
    def id(self) -> str: ...

    @property
    def spki(self) -> bytes: ...

    def sign(self, purpose: bytes, payload: bytes) -> bytes:
        """r ‖ s (64 bytes), as `identity.sign` says."""
        ...


class Shelf(Protocol):
    """All that the custodian knows, except the shares' bytes. One writer at a time; durable when `transaction` ends.

    Every call may raise NoRoom or Failing; what was recorded before still holds then.
    """

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing, fsynced at its end; raised exceptions roll back. Not nested. Other threads wait."""
        ...

    def deposit(self, drop: bytes) -> Deposit | None: ...

    def deposits(self, states: Collection[State] = tuple(State)) -> list[Deposit]:
        """Those that are in one of `states`."""
        ...

    def put_deposit(self, deposit: Deposit) -> None:
        """Adds or replaces by `header.drop`."""
        ...

    def put_ticket(self, drop: bytes, lookup: bytes, sealed: bytes) -> None:
        """The sealed ticket of a deposit; replaces its earlier one. Raises Conflict if another's has that name."""
        ...

    def ticket(self, lookup: bytes) -> bytes | None: ...

    def remove_ticket(self, drop: bytes) -> None: ...

    def laptops(self) -> list[PairedLaptop]: ...

    def put_laptop(self, laptop: PairedLaptop) -> None: ...

    def remove_laptop(self, laptop: bytes) -> None: ...

    def pairing(self) -> PairingState: ...

    def put_pairing(self, pairing: PairingState) -> None: ...

    def custody(self) -> CustodyTime | None:
        """The custody time as last saved; None on a new shelf."""
        ...

    def put_custody(self, custody: CustodyTime) -> None: ...

    def log(self) -> list[LogEntry]:
        """Oldest first."""
        ...

    def log_end(self) -> tuple[int, bytes]:
        """Sequence number and head of the newest entry; (0, 32 zero bytes) before the first."""
        ...

    def append_log(self, entry: LogEntry) -> None: ...

    def close(self) -> None: ...


class Blobs(Protocol):
    """The shares' bytes. A piece that is not finished lies in a `.part` file; nothing else is ever cleaned up.

    Every call may raise NoRoom (the disk is full) or Failing (it can't be read or written).
    """

    def free(self) -> int:
        """Bytes that may still be reserved on the disk, after what other parts will need and a margin."""
        ...

    def reserve(self, header: ShareHeader) -> None:
        """Makes an empty part; an existing one with the same header stays as it is."""
        ...

    def write(self, header: ShareHeader, stripe: int, piece: bytes, leaf: bytes) -> None:
        """Writes the piece and then its leaf. Not durable until `seal`."""
        ...

    def leaf(self, header: ShareHeader, stripe: int) -> bytes | None:
        """The leaf written with that piece, None before."""
        ...

    def seal(self, header: ShareHeader) -> Iterator[bytes]:
        """fsyncs the part, drops it from the page cache, then yields each stripe's leaf as re-read from the disk.

        Works on a finished share too.
        """
        ...

    def finish(self, header: ShareHeader, leaves: list[bytes]) -> None:
        """The part becomes the share: leaves beside it, rename, folder fsync. Done again, it changes nothing."""
        ...

    def leaves(self, header: ShareHeader) -> list[bytes]:
        """The leaves of a finished share."""
        ...

    def read(self, header: ShareHeader, stripe: int) -> bytes:
        """That stripe of a finished share, unchecked. Raises IndexError if there is no such stripe."""
        ...

    def put_sidecar(self, header: ShareHeader, sidecar: bytes) -> None:
        """Replaces the signed note beside the share."""
        ...

    def remove(self, header: ShareHeader) -> None:
        """Overwrites and removes part, share, leaves and sidecar; what isn't there is no error."""
        ...

    def sidecars(self) -> list[bytes]:
        """Every signed note that lies beside a finished share."""
        ...

    def tidy(self, receiving: Collection[bytes], known: Collection[bytes]) -> None:
        """Removes the parts of drops not in `receiving`; puts aside, never away, all else of drops not in `known`."""
        ...

    def check(self) -> None:
        """Returns if the disk takes and keeps a byte."""
        ...


class Lamp(Protocol):
    """The lights."""

    def show(self, light: Light) -> None: ...

    def close(self) -> None: ...


class Button(Protocol):
    """The button. What is given is called from another thread."""

    def on_pressed(self, pressed: Callable[[], None]) -> None:
        """`pressed`: it was let go within three seconds."""
        ...

    def on_held(self, held: Callable[[], None]) -> None:
        """`held`: it has been down for three seconds."""
        ...

    def close(self) -> None: ...


class Links(Protocol):
    """The links that are plugged into this very machine."""

    def near(self, address: str) -> bool:
        """Whether a peer with that address, as its socket has it, is on one of them now. Doubt means no."""
        ...


class Herald(Protocol):
    """Tells the local network that this custodian is here."""

    def announce(self, paired: bool) -> None:
        """Registers, or updates what is registered."""
        ...

    def close(self) -> None:
        """Says goodbye."""
        ...


class CodeDisplay(Protocol):
    """Where a person finds the pairing code: a blinking light, a console, a file."""

    def show(self, code: str | None) -> None:
        """None: no window is open."""
        ...
