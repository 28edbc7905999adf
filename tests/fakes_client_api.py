"""Custodians in memory, a laptop with a real disk, and a fate that can kill the laptop at any call of any port."""

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ddb_client.adapters.entropy import system_entropy
from ddb_client.adapters.journal import FileJournals
from ddb_client.adapters.papers import DiskPapers
from ddb_client.adapters.sharefile import DiskShareFiles
from ddb_client.adapters.source import DiskSource
from ddb_client.adapters.stores import FileBook, FileOwnerKeys, FileTickets
from ddb_client.adapters.target import DiskTarget
from ddb_client.adapters.wipe import DiskEraser
from ddb_client.errors import Refused, Unreachable
from ddb_client.ports import Address, Found, Paired
from ddb_contract.conditions import (
    Condition,
    Facts,
    Verdict,
    approvers,
    extended,
    format_condition,
    home_suffices,
    judge,
    waits_for_button,
)
from ddb_contract.grammar import parse
from ddb_contract.lights import Light
from ddb_contract.messages import Claimed, CustodianInfo, DropStatus, Receipt, Reserve, TicketCopy, VerdictMessage
from ddb_contract.rights import Verb, approval_hash, proves, rights_digest
from ddb_contract.shares import ShareHeader, leaf, root, stripe_length
from ddb_contract.text import b32, b64, unb32, unb64
from fakes_client import FakeClock, SilentProgress


class Killed(BaseException):
    """The laptop's process is gone."""


class Fate:
    """Counts what the ports do, before and after each call, and kills at the count that was set."""

    def __init__(self, kill_at: int | None = None) -> None:
        self.kill_at, self.count, self.dead = kill_at, 0, False
        self.calls: list[str] = []
        self._lock = threading.Lock()

    def step(self, call: str) -> None:
        with self._lock:
            self.count += 1
            self.calls.append(call)
            self.dead = self.dead or self.count == self.kill_at
            if self.dead:
                raise Killed(call)


class Mortal:
    """A port whose every call is a step of fate, before it and after it."""

    def __init__(self, port: Any, fate: Fate) -> None:
        self._port, self._fate = port, fate

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._port, name)
        if not callable(value):
            return value

        def call(*args: Any) -> Any:
            self._fate.step(f"before {type(self._port).__name__}.{name}")
            answer = value(*args)
            self._fate.step(f"after {type(self._port).__name__}.{name}")
            return (
                Mortal(answer, self._fate)
                if name in ("create", "begin", "open") and hasattr(answer, "finish")
                else answer
            )

        return call

    def __call__(self, size: int) -> bytes:
        self._fate.step("before entropy")
        return bytes(self._port(size))


@dataclass
class Share:
    header: ShareHeader
    request: Reserve
    pieces: dict[int, bytes] = field(default_factory=dict)
    state: str = "receiving"
    root: bytes | None = None
    locked_at: float | None = None
    receipts: dict[str, Receipt] = field(default_factory=dict)
    copy: TicketCopy | None = None
    condition: Condition = field(init=False)
    approved: set[int] = field(default_factory=set)
    claims: dict[str, "Made"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.condition = parse(self.request.condition)


@dataclass
class Made:
    """A claim: when it was made or, once pressed for, last used."""

    at: float
    pressed: bool = False


class MemoryCustodian:
    """Port `CustodianApi`: what a custodian does, by the same rules, without TLS or disk.

    `silent`: answers nothing. `refuses`: statuses by call. `lies`: changes its receipts. `custody`: its clock. `near`:
    whether the laptop is on its own network.
    """

    def __init__(self, name: str, practice: bool = False) -> None:
        self.name, self.practice = name, practice
        self.id = b32(hashlib.sha256(name.encode()).digest())
        self.shares: dict[str, Share] = {}
        self.custody, self.silent, self.near = 0.0, False, False
        self.refuses: dict[str, int] = {}
        self.lies: Callable[[Receipt], Receipt] = lambda receipt: receipt
        self.calls: list[str] = []

    def _called(self, call: str) -> None:
        self.calls.append(call)
        if self.silent:
            raise Unreachable(f"{self.name} doesn't answer")
        if call in self.refuses:
            raise Refused(f"{self.name} refuses", "refused", self.refuses[call])

    def info(self) -> CustodianInfo:
        self._called("info")
        return CustodianInfo(
            id=self.id,
            name=self.name,
            software="1",
            paired=True,
            pairing_open=False,
            practice=self.practice,
            administered=False,
            light=Light.READY,
        )

    def reserve(self, request: Reserve) -> None:
        self._called("reserve")
        header, condition = ShareHeader.unpack(unb64(request.header)), parse(request.condition)
        numbers = {str(number) for number in range(1, len(request.hashes.approve) + 1)}
        if home_suffices(condition) or not numbers.issuperset(approvers(condition)):
            raise Refused("no condition for me", "malformed", 400)
        held = self.shares.setdefault(b32(header.drop), Share(header, request))
        if held.request != request or held.state != "receiving":
            raise Refused("another reservation", "conflict", 409)

    def put_piece(self, drop: str, stripe: int, piece: Any) -> None:
        self._called("put_piece")
        share = self._share(drop)
        if share.state not in ("receiving", "stored"):
            raise self._over(share)
        assert len(piece) == stripe_length(share.header.size, stripe)
        if share.pieces.setdefault(stripe, bytes(piece)) != bytes(piece):
            raise Refused("another piece", "conflict", 409)

    def store(self, drop: str, root: bytes) -> Receipt:
        self._called("store")
        share = self._share(drop)
        if share.state not in ("receiving", "stored"):
            raise self._over(share)
        if self._root(share) != root:
            raise Refused("another root", "conflict", 409)
        share.state, share.root = "stored", root
        return self._sign(share, "stored")

    def leave_ticket(self, drop: str, copy: TicketCopy) -> None:
        self._called("leave_ticket")
        share = self._share(drop)
        if share.state not in ("receiving", "stored"):
            raise self._over(share)
        share.copy = copy

    def fetch_ticket(self, lookup: bytes) -> bytes:
        self._called("fetch_ticket")
        for share in self.shares.values():
            if share.copy is not None and unb64(share.copy.lookup) == lookup:
                return unb64(share.copy.sealed)
        raise Refused("no ticket", "unknown", 404)

    def commit(self, drop: str, root: bytes) -> Receipt:
        self._called("commit")
        share = self._share(drop)
        if share.state not in ("stored", "locked", "collected"):
            raise self._over(share)
        if share.root != root:
            raise Refused("another root", "conflict", 409)
        if share.state == "stored":
            share.state, share.locked_at = "locked", self.custody
        return self._sign(share, "locked")

    def status(self, drop: str, claim: bytes, made: str = "") -> DropStatus:
        self._called("status")
        share = self._proved(drop, Verb.CLAIM, claim)
        return DropStatus(
            drop=drop,
            id=self.id,
            state=share.state,  # type: ignore[arg-type]
            damaged=False,
            index=share.header.index,
            size=share.header.size,
            condition=format_condition(share.condition),
            verdict=self._message(self._verdict(share, made)),
            approved=sorted(share.approved),
            custody_now=self.custody,
            locked_at=share.locked_at,
        )

    def claim(self, drop: str, claim: bytes) -> Claimed:
        self._called("claim")
        share = self._released(drop, claim, holds=False)
        name = b64(f"claim {len(share.claims)}".encode().ljust(16)[:16])
        share.claims[name] = Made(self.custody)
        facts = self._facts(share, name)
        verdict = self._message(judge(share.condition, facts))
        return Claimed(claim=name, verdict=verdict, waits_for_button=waits_for_button(share.condition, facts))

    def press(self) -> None:
        for share in self.live:
            for name, made in share.claims.items():
                if waits_for_button(share.condition, self._facts(share, name)) and self._lasts(made):
                    made.pressed, made.at = True, self.custody

    def leaves(self, drop: str, claim: bytes, made: str = "") -> list[bytes]:
        self._called("leaves")
        share = self._released(drop, claim, made)
        return [leaf(stripe, share.pieces[stripe]) for stripe in range(share.header.stripes)]

    def piece(self, drop: str, stripe: int, size: int, claim: bytes, made: str = "") -> bytes:
        self._called("piece")
        return self._released(drop, claim, made).pieces[stripe]

    def collected(self, drop: str, claim: bytes, made: str = "") -> None:
        self._called("collected")
        self._released(drop, claim, made).state = "collected"

    def approve(self, code: bytes) -> bool:
        self._called("approve")
        for drop, share in self.shares.items():
            kept = b64(approval_hash(unb32(drop), code))
            if kept in share.request.hashes.approve:
                number = share.request.hashes.approve.index(kept) + 1
                again = number in share.approved
                share.approved.add(number)
                return again
        raise Refused(f"{self.name}: nothing here answers to that", "unknown", 404)

    def extend(self, drop: str, secret: bytes, extra: str) -> Receipt:
        self._called("extend")
        share = self._proved(drop, Verb.EXTEND, secret)
        if share.state not in ("locked", "collected"):
            raise self._over(share)
        if not f" and {format_condition(share.condition)}".endswith(f" and {extra}"):
            share.condition = extended(share.condition, parse(extra))
        share.receipts.pop("locked", None)
        return self._sign(share, "locked")

    def destroy(self, drop: str, secret: bytes) -> None:
        self._called("destroy")
        share = self._proved(drop, Verb.DESTROY, secret)
        if share.state not in ("destroyed", "aborted"):
            share.state = "aborted" if share.state in ("receiving", "stored") else "destroyed"
        share.pieces, share.copy = {}, None

    @property
    def live(self) -> list[Share]:
        """Locked shares."""
        return [share for share in self.shares.values() if share.state in ("locked", "collected")]

    def _share(self, drop: str) -> Share:
        if drop not in self.shares:
            raise Refused("no such drop", "unknown", 404)
        return self.shares[drop]

    def _proved(self, drop: str, verb: Verb, value: bytes) -> Share:
        share = self._share(drop)
        if not proves(verb, value, unb64(getattr(share.request.hashes, verb.value))):
            raise Refused("no such drop", "unknown", 404)
        return share

    def _released(self, drop: str, claim: bytes, made: str = "", holds: bool = True) -> Share:
        share = self._proved(drop, Verb.CLAIM, claim)
        if share.state not in ("locked", "collected"):
            raise self._over(share)
        verdict = self._verdict(share, made)
        if holds and not verdict.holds:
            raise Refused("locked", "locked", 423, verdict.reasons, verdict.next_change)
        return share

    def _verdict(self, share: Share, made: str = "") -> Verdict:
        if share.locked_at is None:
            return Verdict(False, ("not locked",), None)
        return judge(share.condition, self._facts(share, made))

    def _facts(self, share: Share, made: str) -> Facts:
        claim = share.claims.get(made)
        pressed = claim is not None and claim.pressed and self._lasts(claim)
        if claim is not None and pressed:
            claim.at = self.custody
        return Facts(self.custody - (share.locked_at or 0.0), frozenset(map(str, share.approved)), pressed, self.near)

    def _lasts(self, made: Made) -> bool:
        return self.custody - made.at < 15 * 60

    def _message(self, verdict: Verdict) -> VerdictMessage:
        return VerdictMessage(holds=verdict.holds, reasons=list(verdict.reasons), next_change=verdict.next_change)

    def _root(self, share: Share) -> bytes | None:
        if set(share.pieces) != set(range(share.header.stripes)):
            return None
        return root(share.header, [leaf(stripe, share.pieces[stripe]) for stripe in sorted(share.pieces)])

    def _over(self, share: Share) -> Refused:
        return Refused(f"the share is {share.state}", "gone", 410 if share.state in ("destroyed", "aborted") else 409)

    def _sign(self, share: Share, kind: Any) -> Receipt:
        hashes = share.request.hashes
        receipt = Receipt(
            type=kind,
            drop=b32(share.header.drop),
            id=self.id,
            index=share.header.index,
            size=share.header.size,
            root=b64(share.root or b""),
            condition=format_condition(share.condition),
            rights=b64(
                rights_digest([unb64(kept) for kept in (hashes.claim, hashes.extend, hashes.destroy, *hashes.approve)])
            ),
            custody_at=self.custody,
            round_target=None,
            log_seq=1,
            log_head=b64(bytes(32)),
            practice=self.practice,
            administered=False,
        )
        return self.lies(share.receipts.setdefault(kind, receipt))


class Network:
    """Custodians by name, and the gateway and finder that lead to them; each api is a step of fate."""

    def __init__(self, *names: str) -> None:
        self.custodians = {name: MemoryCustodian(name) for name in names}

    def __getitem__(self, name: str) -> MemoryCustodian:
        return self.custodians[name]

    def __iter__(self) -> Any:
        return iter(self.custodians.values())

    def pass_time(self, seconds: float) -> None:
        for custodian in self:
            custodian.custody += seconds

    def address(self, custodian: MemoryCustodian) -> Address:
        return Address(f"{custodian.name}.local", 443)

    def live(self) -> list[Share]:
        return [share for custodian in self for share in custodian.live]


class MemoryGateway:
    def __init__(self, network: Network, fate: Fate) -> None:
        self._network, self._fate = network, fate

    def open(self, custodian: str, name: str, addresses: Sequence[Address], token: bytes | None) -> Any:
        found = next(each for each in self._network if each.id == custodian)
        return Mortal(found, self._fate)

    def greet(self, address: Address) -> CustodianInfo:
        return next(each for each in self._network if self._network.address(each) == address).info()


class MemoryFinder:
    def __init__(self, network: Network) -> None:
        self._network = network

    def find(self, wanted: frozenset[str] = frozenset()) -> list[Found]:
        return [
            Found(each.id, each.name, True, self._network.address(each)) for each in self._network if not each.silent
        ]


class TestWorld:
    """A laptop: state and files really on the disk under `folder`, custodians in memory."""

    __test__ = False

    def __init__(self, folder: Path, network: Network, fate: Fate | None = None) -> None:
        self.fate = fate or Fate()
        self.home, self.network = folder / "home", network
        self.plain_book = FileBook(self.home)
        mortal = self._mortal
        self.finder, self.gateway = mortal(MemoryFinder(network)), MemoryGateway(network, self.fate)
        self.book = mortal(self.plain_book)
        self.tickets = mortal(FileTickets(self.home, system_entropy))
        self.owner_keys = mortal(FileOwnerKeys(self.home))
        self.journals = mortal(FileJournals(self.home))
        self.source, self.eraser = mortal(DiskSource(self.home)), mortal(DiskEraser())
        self.target, self.share_files = mortal(DiskTarget()), mortal(DiskShareFiles())
        self.papers = mortal(DiskPapers())
        self.entropy, self.clock, self.progress = mortal(system_entropy), FakeClock(), SilentProgress()

    def _mortal(self, port: Any) -> Any:
        return Mortal(port, self.fate)

    def pair_all(self) -> None:
        for each in self.network:
            self.plain_book.add(Paired(each.id, each.name, self.network.address(each), bytes(32), each.practice, False))

    def reborn(self, fate: Fate | None = None) -> "TestWorld":
        """The same laptop after its process died."""
        return TestWorld(self.home.parent, self.network, fate)
