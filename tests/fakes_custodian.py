"""The custodian's ports without a machine behind them, and a rig that puts a Keeper on top."""

import hashlib
import random
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import RLock
from typing import Any

from Crypto.PublicKey import ECC

from ddb_contract.chain import GENESIS
from ddb_contract.identity import custodian_id, sign
from ddb_contract.messages import LogEntry, Reserve, RightHashes, SignedReceipt, Storing
from ddb_contract.problems import Conflict, Failing
from ddb_contract.rights import APPROVAL_SIZE, Verb, approval_hash, secret, secret_hash
from ddb_contract.shares import STRIPE, ShareHeader, leaf, root, stripe_length
from ddb_contract.text import b64, unb64
from ddb_custodian.adapters.blobs import FileBlobs
from ddb_custodian.adapters.shelf import SqliteShelf
from ddb_custodian.core.clock import ClockReading, CustodyTime
from ddb_custodian.core.states import State
from ddb_custodian.keeper import Keeper, Terms
from ddb_custodian.ports import Deposit, PairedLaptop, PairingState


class ManualClock:
    """A raw clock that the test turns. `passed`: the real seconds since it was made."""

    def __init__(self) -> None:
        self.boots, self.raw, self.passed = 0, 1000.0, 0.0

    def read(self) -> ClockReading:
        return ClockReading(f"boot {self.boots}", self.raw)

    def wait(self, seconds: float) -> None:
        self.raw, self.passed = self.raw + seconds, self.passed + seconds

    def leap(self, seconds: float) -> None:
        self.raw += seconds

    def reboot(self, off: float = 0.0) -> None:
        self.boots, self.raw, self.passed = self.boots + 1, 5.0, self.passed + off


class FakeSigner:
    """A key made for the test."""

    def __init__(self) -> None:
        self._key = ECC.generate(curve="P-256")
        self.spki = bytes(self._key.public_key().export_key(format="DER"))
        self.id = custodian_id(self.spki)

    def sign(self, purpose: bytes, payload: bytes) -> bytes:
        return sign(self._key, purpose, payload)


class SeededEntropy:
    """Bytes that are the same in each run."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)

    def __call__(self, size: int) -> bytes:
        return self._random.randbytes(size)


class FakeLinks:
    """`Links` on which just the neighbour is near."""

    NEIGHBOUR, FAR = "192.168.1.7", "203.0.113.9"

    def near(self, address: str) -> bool:
        return address == self.NEIGHBOUR


@dataclass
class RecordingDisplay:
    """Remembers the codes it showed."""

    shown: list[str | None] = field(default_factory=list)

    def show(self, code: str | None) -> None:
        self.shown.append(code)


class MemoryShelf:
    """A `Shelf` in dictionaries. It outlives `close`, like a file."""

    def __init__(self) -> None:
        self._lock, self._nested = RLock(), False
        self._kept: dict[str, Any] = {"deposits": {}, "tickets": {}, "laptops": {}, "log": [], "facts": {}}

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._lock:
            assert not self._nested, "transactions are not nested"
            before, self._nested = {name: table.copy() for name, table in self._kept.items()}, True
            try:
                yield
            except BaseException:
                self._kept = before
                raise
            finally:
                self._nested = False

    def deposit(self, drop: bytes) -> Deposit | None:
        with self._lock:
            return self._kept["deposits"].get(drop)

    def deposits(self, states: Collection[State] = tuple(State)) -> list[Deposit]:
        with self._lock:
            return [deposit for deposit in self._kept["deposits"].values() if deposit.state in states]

    def put_deposit(self, deposit: Deposit) -> None:
        with self._lock:
            self._kept["deposits"][deposit.header.drop] = deposit

    def put_ticket(self, drop: bytes, lookup: bytes, sealed: bytes) -> None:
        with self._lock:
            if any(name == lookup and other != drop for other, (name, _) in self._kept["tickets"].items()):
                raise Conflict
            self._kept["tickets"][drop] = lookup, sealed

    def ticket(self, lookup: bytes) -> bytes | None:
        with self._lock:
            return dict(self._kept["tickets"].values()).get(lookup)

    def remove_ticket(self, drop: bytes) -> None:
        with self._lock:
            self._kept["tickets"].pop(drop, None)

    def laptops(self) -> list[PairedLaptop]:
        with self._lock:
            return list(self._kept["laptops"].values())

    def put_laptop(self, laptop: PairedLaptop) -> None:
        with self._lock:
            self._kept["laptops"][laptop.id] = laptop

    def remove_laptop(self, laptop: bytes) -> None:
        with self._lock:
            self._kept["laptops"].pop(laptop, None)

    def pairing(self) -> PairingState:
        with self._lock:
            return self._kept["facts"].get("pairing", PairingState(None, 0, 0))

    def put_pairing(self, pairing: PairingState) -> None:
        with self._lock:
            self._kept["facts"]["pairing"] = pairing

    def custody(self) -> CustodyTime | None:
        with self._lock:
            return self._kept["facts"].get("custody")

    def put_custody(self, custody: CustodyTime) -> None:
        with self._lock:
            self._kept["facts"]["custody"] = custody

    def log(self) -> list[LogEntry]:
        with self._lock:
            return list(self._kept["log"])

    def log_end(self) -> tuple[int, bytes]:
        with self._lock:
            log = self._kept["log"]
            return (log[-1].seq, unb64(log[-1].head)) if log else (0, GENESIS)

    def append_log(self, entry: LogEntry) -> None:
        with self._lock:
            self._kept["log"].append(entry)

    def close(self) -> None:
        pass


@dataclass
class _Blob:
    body: bytearray
    leaves: dict[int, bytes] = field(default_factory=dict)
    finished: bool = False
    sidecar: bytes | None = None


class MemoryBlobs:
    """`Blobs` in dictionaries. `room`: bytes in all."""

    def __init__(self, room: int = 2**40) -> None:
        self.room = room
        self.blobs: dict[bytes, _Blob] = {}
        self.aside: list[_Blob] = []

    def _of(self, header: ShareHeader) -> _Blob:
        try:
            return self.blobs[header.drop]
        except KeyError:
            raise Failing from None

    def free(self) -> int:
        return self.room - sum(len(blob.body) for blob in self.blobs.values())

    def reserve(self, header: ShareHeader) -> None:
        self.blobs.setdefault(header.drop, _Blob(bytearray(header.size)))

    def write(self, header: ShareHeader, stripe: int, piece: bytes, leaf: bytes) -> None:
        blob = self._of(header)
        blob.body[stripe * STRIPE : stripe * STRIPE + len(piece)] = piece
        blob.leaves[stripe] = leaf

    def leaf(self, header: ShareHeader, stripe: int) -> bytes | None:
        blob = self.blobs.get(header.drop)
        return blob.leaves.get(stripe) if blob else None

    def seal(self, header: ShareHeader) -> Iterator[bytes]:
        blob = self._of(header)
        for stripe in range(header.stripes):
            yield leaf(stripe, self._piece(blob, header, stripe))

    def finish(self, header: ShareHeader, leaves: list[bytes]) -> None:
        blob = self._of(header)
        blob.leaves, blob.finished = dict(enumerate(leaves)), True

    def leaves(self, header: ShareHeader) -> list[bytes]:
        return [self._of(header).leaves[stripe] for stripe in range(header.stripes)]

    def read(self, header: ShareHeader, stripe: int) -> bytes:
        stripe_length(header.size, stripe)
        return self._piece(self._of(header), header, stripe)

    def put_sidecar(self, header: ShareHeader, sidecar: bytes) -> None:
        self._of(header).sidecar = sidecar

    def remove(self, header: ShareHeader) -> None:
        self.blobs.pop(header.drop, None)

    def sidecars(self) -> list[bytes]:
        return [blob.sidecar for blob in self.blobs.values() if blob.finished and blob.sidecar]

    def tidy(self, receiving: Collection[bytes], known: Collection[bytes]) -> None:
        for drop in list(self.blobs):
            if not self.blobs[drop].finished and drop not in receiving:
                del self.blobs[drop]
            elif drop not in known:
                self.aside.append(self.blobs.pop(drop))

    def check(self) -> None:
        pass

    def spoil(self, header: ShareHeader, stripe: int) -> None:
        """A bit of that stripe flips on the disk."""
        self._of(header).body[stripe * STRIPE] ^= 1

    def _piece(self, blob: _Blob, header: ShareHeader, stripe: int) -> bytes:
        return bytes(blob.body[stripe * STRIPE : stripe * STRIPE + stripe_length(header.size, stripe)])


class SpoilableBlobs(FileBlobs):
    """The real files, and a way to flip a bit in them."""

    def spoil(self, header: ShareHeader, stripe: int) -> None:
        with self._body(header).open("r+b") as file:
            file.seek(48 + stripe * STRIPE)
            byte = file.read(1)[0]
            file.seek(48 + stripe * STRIPE)
            file.write(bytes([byte ^ 1]))


class Crash(BaseException):
    """The power went."""


class Trap:
    """Stands before a port and counts the calls that matter; springs at one of them, before or after it is done.

    `error`: what it raises. `sprung` says whether it did.
    """

    def __init__(self, port: object, at: int, *, late: bool, error: Callable[[], BaseException] = Crash) -> None:
        self.port, self.at, self.late, self.error = port, at, late, error
        self.armed = self.sprung = False

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.port, name)
        if not callable(method) or name in ("close", "spoil"):
            return method
        return self._transaction if name == "transaction" else lambda *args: self._call(method, args)

    def _call(self, method: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        self._step(late=False)
        answer = method(*args)
        self._step(late=True)
        return answer

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self.port.transaction():  # type: ignore[attr-defined]
            yield
            self._step(late=False)
        self._step(late=True)

    def _step(self, *, late: bool) -> None:
        if not self.armed or self.sprung or late != self.late:
            return
        self.at -= 1
        if self.at < 0:
            self.sprung = True
            raise self.error()


@dataclass(frozen=True)
class Drop:
    """One share as a laptop would send it, and the secrets to it."""

    header: ShareHeader
    pieces: list[bytes]
    custodian: str
    condition: str = "after 10s"
    approvers: int = 0

    @property
    def id(self) -> bytes:
        return self.header.drop

    @property
    def leaves(self) -> list[bytes]:
        return [leaf(stripe, piece) for stripe, piece in enumerate(self.pieces)]

    @property
    def root(self) -> bytes:
        return root(self.header, self.leaves)

    def secret(self, verb: Verb) -> bytes:
        return secret(verb.value.encode().ljust(32), verb, self.id, self.custodian)

    def code(self, number: int) -> bytes:
        """The seed of the code of that approver."""
        return hashlib.sha256(self.id + bytes([number])).digest()[:APPROVAL_SIZE]

    def request(self) -> Reserve:
        claim, extend, destroy = (
            b64(secret_hash(verb, self.secret(verb))) for verb in (Verb.CLAIM, Verb.EXTEND, Verb.DESTROY)
        )
        approve = [b64(approval_hash(self.id, self.code(number + 1))) for number in range(self.approvers)]
        hashes = RightHashes(claim=claim, extend=extend, destroy=destroy, approve=approve)
        return Reserve(header=b64(self.header.pack()), condition=self.condition, hashes=hashes)


TOKEN = b"t" * 32
ME = PairedLaptop(b"laptop of tests!", "test", secret_hash(Verb.LAPTOP, TOKEN), 0.0, 10**9)
ONE_STRIPE = 66_240
"""The least size of a share."""
TWO_STRIPES = STRIPE + 960


class Rig:
    """A keeper that can lose its power and start again, over fakes or over real files."""

    def __init__(self, folder: Path | None, quota: int = 10**9, room: int = 2**40) -> None:
        self.folder, self.signer, self.clock = folder, FakeSigner(), ManualClock()
        self.links = FakeLinks()
        self.me = replace(ME, quota=quota)
        self._memory_shelf, self._memory_blobs = MemoryShelf(), MemoryBlobs(room)
        self._random = random.Random(7)
        self.start()
        self.shelf.put_laptop(self.me)

    def start(self, wrap_shelf: Callable[[Any], Any] = lambda port: port, wrap_blobs: Any = lambda port: port) -> None:
        """The power is back."""
        shelf = SqliteShelf(self.folder / "shelf.db") if self.folder else self._memory_shelf
        blobs = SpoilableBlobs(self.folder / "shares") if self.folder else self._memory_blobs
        self.shelf, self.blobs = wrap_shelf(shelf), wrap_blobs(blobs)
        terms, entropy = Terms(practice=True, administered=False), self._random.randbytes
        self.keeper = Keeper(self.shelf, self.blobs, self.clock, self.signer, terms, self.links, entropy)

    def crash(self) -> None:
        """The power goes: nothing more is saved."""
        self.keeper._rereads.close()
        self.shelf.close()

    def lose_shelf(self) -> None:
        """The database is gone, the shares are not."""
        self.crash()
        self._memory_shelf = MemoryShelf()
        if self.folder:
            for path in self.folder.glob("shelf.db*"):
                path.unlink()

    def drop(self, size: int = ONE_STRIPE, condition: str = "after 10s", approvers: int = 0) -> Drop:
        header = ShareHeader(2, 3, 1, self._random.randbytes(16), size)
        pieces = [self._random.randbytes(stripe_length(size, stripe)) for stripe in range(header.stripes)]
        return Drop(header, pieces, self.signer.id, condition, approvers)

    def upload(self, drop: Drop) -> None:
        self.keeper.reserve(self.me, drop.request())
        for stripe, piece in enumerate(drop.pieces):
            self.keeper.put_piece(self.me, drop.id, stripe, piece)

    def stored(self, drop: Drop) -> SignedReceipt:
        """Asks until the re-read is over."""
        deadline = time.monotonic() + 30
        while isinstance(answer := self.keeper.store(self.me, drop.id, drop.root), Storing):
            assert time.monotonic() < deadline, "the re-read never ended"
            time.sleep(0.001)
        return answer

    def locked(self, size: int = ONE_STRIPE, condition: str = "after 10s", approvers: int = 0) -> Drop:
        """A drop that went all the way."""
        drop = self.drop(size, condition, approvers)
        self.upload(drop)
        self.stored(drop)
        self.keeper.commit(self.me, drop.id, drop.root)
        return drop

    def wait(self, seconds: float) -> None:
        """That much time, with the ticks of a running custodian."""
        while seconds > 0:
            self.clock.wait(min(seconds, 60.0))
            self.keeper.tick()
            seconds -= 60.0

    def state(self, drop: Drop) -> State:
        deposit = self.shelf.deposit(drop.id)
        assert deposit is not None
        return deposit.state

    def events(self) -> list[str]:
        return [entry.event for entry in self.shelf.log()]
