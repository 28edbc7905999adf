"""In-memory stands-in for the laptop's ports, except `CustodianApi` (see fakes_client_api)."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from ddb_client.core.ticket import OwnerKey, Ticket
from ddb_client.errors import BadTarget, Failure, Unreachable
from ddb_client.ports import Address, CustodianApi, Found, Member, Paired
from ddb_contract.messages import CustodianInfo


class FakeClock:
    """Starts at noon; waiting moves it."""

    def __init__(self, start: datetime = datetime(2026, 11, 24, 12, tzinfo=UTC)) -> None:
        self.time = start
        self.waits: list[float] = []

    def now(self) -> datetime:
        return self.time

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.time += timedelta(seconds=seconds)


class CountingEntropy:
    """Other bytes at every call, the same in every run."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, size: int) -> bytes:
        self.calls += 1
        return (self.calls.to_bytes(4, "big") * (size // 4 + 1))[:size]


class MemoryBook:
    def __init__(self, *paired: Paired) -> None:
        self._fleet = {one.id: one for one in paired}

    def all(self) -> list[Paired]:
        return list(self._fleet.values())

    def add(self, paired: Paired) -> None:
        self._fleet.pop(paired.id, None)
        self._fleet[paired.id] = paired

    def remove(self, custodian: str) -> None:
        self._fleet.pop(custodian, None)


class MemoryTickets:
    """`open` takes what `write` returned."""

    def __init__(self) -> None:
        self.kept: dict[bytes, Ticket] = {}
        self.phases: list[str] = []
        self.passphrases: dict[bytes, str] = {}

    def all(self) -> list[Ticket]:
        return sorted(self.kept.values(), key=lambda ticket: ticket.created, reverse=True)

    def open(self, path: str) -> Ticket:
        for ticket in self.kept.values():
            if path == f"memory:{ticket.drop}":
                return ticket
        raise BadTarget(f"there is no ticket at {path}")

    def write(self, ticket: Ticket) -> str:
        self.kept[ticket.drop_bytes] = ticket
        self.phases.append(ticket.phase)
        return f"memory:{ticket.drop}"

    def protect(self, drop: bytes, passphrase: str) -> None:
        self.passphrases[drop] = passphrase

    def remove(self, drop: bytes) -> None:
        self.kept.pop(drop, None)


class MemoryOwnerKeys:
    def __init__(self) -> None:
        self.kept: dict[str, OwnerKey] = {}

    def read(self, drop: bytes) -> OwnerKey | None:
        from ddb_contract.text import b32

        return self.kept.get(b32(drop))

    def write(self, key: OwnerKey) -> str:
        self.kept[key.drop] = key
        return f"memory:{key.drop}"

    def remove(self, drop: bytes) -> None:
        from ddb_contract.text import b32

        self.kept.pop(b32(drop), None)


class FakeFinder:
    def __init__(self, *found: Found) -> None:
        self.found = list(found)
        self.asked: list[frozenset[str]] = []

    def find(self, wanted: frozenset[str] = frozenset()) -> list[Found]:
        self.asked.append(wanted)
        return sorted(self.found, key=lambda one: one.name)


class FakeGateway:
    """Opens what `at` has: a custodian api for each address. Everything else is unreachable.

    `pairs` stands for the custodian's half of a pairing.
    """

    def __init__(
        self, at: dict[Address, CustodianApi], pairs: Callable[[Address, str | None, str, str], Paired] | None = None
    ) -> None:
        self.at, self._pairs = at, pairs
        self.opened: list[tuple[str, tuple[Address, ...], bytes | None]] = []

    def open(self, custodian: str, name: str, addresses: Sequence[Address], token: bytes | None) -> CustodianApi:
        self.opened.append((custodian, tuple(addresses), token))
        for address in addresses:
            api = self.at.get(address)
            if api is not None and api.id == custodian:
                return api
        return Silent(custodian, name)

    def pair(self, address: Address, custodian: str | None, code: str, laptop: str) -> Paired:
        assert self._pairs is not None
        return self._pairs(address, custodian, code, laptop)

    def greet(self, address: Address) -> CustodianInfo:
        return self.at[address].info()


class Silent:
    """A custodian that never answers."""

    def __init__(self, custodian: str, name: str) -> None:
        self.id, self.name = custodian, name

    def __getattr__(self, call: str) -> Callable[..., None]:
        def unanswered(*_: object) -> None:
            raise Unreachable(f"{self.name} doesn't answer")

        return unanswered


class FakeFleet:
    """A practice fleet without processes."""

    def __init__(self, *running: str) -> None:
        self._members = dict.fromkeys(running, True)
        self.windows: list[str] = []
        self.presses: list[str] = []

    def members(self) -> list[Member]:
        return [self._member(name) for name in sorted(self._members)]

    def _member(self, name: str) -> Member:
        running = self._members[name]
        port = 8000 + sum(name.encode())
        custodian = (name + "a" * 52)[:52]
        return Member(name, running, Address("127.0.0.1", port) if running else None, custodian if running else None)

    def start(self, names: Sequence[str]) -> None:
        self._members |= dict.fromkeys(names, True)

    def stop(self, name: str) -> None:
        self._members[name] = False

    def remove(self, name: str) -> None:
        if self._members[name]:
            raise Failure(f"{name} still runs")
        del self._members[name]

    def pairing_code(self, name: str) -> str:
        self.windows.append(name)
        return "3142"

    def press(self, name: str) -> None:
        self.presses.append(name)


class SilentProgress:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.done: dict[str, int] = {}

    def start(self, task: str, total: int | None) -> None:
        self.done[task] = 0

    def advance(self, task: str, by: int) -> None:
        self.done[task] += by

    def finish(self, task: str) -> None:
        pass

    def say(self, line: str) -> None:
        self.said.append(line)
