"""Requests to one custodian: its addresses in turn, again with growing pauses, answers never larger than agreed."""

import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from urllib3.exceptions import HTTPError, ProtocolError, SSLError

from ddb_client.adapters.tls import PinnedPool, pinned_pool
from ddb_client.errors import BadAnswer, Impostor, Unreachable
from ddb_client.ports import Address, WallClock

CONNECTIONS = 4
"""Connections to one custodian at a time; further threads wait for one."""
_BUSY = frozenset({429, 503})
_LONGEST_PAUSE = 4.0


@dataclass(frozen=True)
class Patience:
    """For how many seconds a request is tried again: what is uploaded, what is read, and questions."""

    upload: float = 60.0
    read: float = 15.0
    question: float = 0.3


@dataclass(frozen=True)
class Request:
    """One request. `cap`: the most bytes its answer may have. `patience`: in seconds; below 0, it is made only once."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes | bytearray | memoryview | None
    cap: int
    patience: float


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


class Channel:
    """Serves many threads. The address that answered last is tried first."""

    def __init__(self, custodian: str, name: str, addresses: Sequence[Address], clock: WallClock) -> None:
        self.custodian, self.name = custodian, name
        self._addresses, self._clock = list(addresses), clock
        self._pools: dict[Address, PinnedPool] = {}
        self._lock = threading.Lock()

    def call(self, request: Request) -> Answer:
        """The custodian's answer, whatever its status. Raises Unreachable, Impostor, BadAnswer.

        While the custodian doesn't answer, or says that it is busy, the request is made again until its patience ends.
        """
        left, pause = request.patience, 0.1
        while True:
            began = time.monotonic()
            answer, trouble = self._attempt(request)
            left -= time.monotonic() - began + pause
            if left < 0 or (answer is not None and answer.status not in _BUSY):
                break
            self._clock.wait(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        if answer is None:
            raise self._unreachable(trouble)
        return answer

    def _attempt(self, request: Request) -> tuple[Answer | None, Exception | None]:
        """One round over the addresses: an answer, or why there is none."""
        impostor: Impostor | None = None
        trouble: Exception | None = None
        for address in self._addresses[: 1 if request.patience < 0 else None]:
            try:
                answer = self._exchange(self._pool(address), request)
            except Impostor as error:
                impostor = error
            except (HTTPError, OSError) as error:
                trouble = error
            else:
                self._prefer(address)
                return answer, None
        if impostor is not None:
            raise self._impostor() from impostor
        return None, trouble

    def _exchange(self, pool: PinnedPool, request: Request) -> Answer:
        response = pool.urlopen(
            request.method,
            request.path,
            body=request.body,  # type: ignore[arg-type]  # any buffer is sent as it is, uncopied
            headers={"Host": f"ddb-{self.custodian[:8]}.local", **request.headers},
            retries=False,
            redirect=False,
            preload_content=False,
            decode_content=False,
        )
        try:
            body = response.read(request.cap + 1)
            if len(body) > request.cap:
                raise BadAnswer(f"{self.name} answered with more than it may")
            if response.length_remaining:
                raise ProtocolError("the answer broke off")
        except BaseException:
            response.close()
            raise
        response.release_conn()
        return Answer(response.status, response.headers, body)

    def _pool(self, address: Address) -> PinnedPool:
        with self._lock:
            if address not in self._pools:
                self._pools[address] = pinned_pool(address, self.custodian, CONNECTIONS)
            return self._pools[address]

    def _prefer(self, address: Address) -> None:
        with self._lock:
            if self._addresses[0] != address:
                self._addresses.remove(address)
                self._addresses.insert(0, address)

    def _impostor(self) -> Impostor:
        hint = "nothing was sent; you may be on another network, or it was set up anew: then pair it again"
        return Impostor(f"what answers in the place of {self.name} has another key", hint)

    def _unreachable(self, trouble: Exception | None) -> Unreachable:
        return unreachable(self.name, self._addresses, trouble)


def unreachable(name: str, addresses: Sequence[Address], trouble: Exception | None) -> Unreachable:
    """The sentence for it."""
    where = ", ".join(f"{address.host} port {address.port}" for address in addresses) or "no known address"
    if _speaks_no_tls13(trouble):
        return Unreachable(f"{name} at {where} speaks no TLS 1.3", "is that a custodian's address?")
    return Unreachable(f"{name} doesn't answer at {where}", "is it powered, and on this network?")


def _speaks_no_tls13(trouble: Exception | None) -> bool:
    cause = trouble.args[0] if isinstance(trouble, SSLError) and trouble.args else trouble
    reason = getattr(cause, "reason", "") if isinstance(cause, ssl.SSLError) else ""
    return any(word in (reason or "") for word in ("PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "WRONG_VERSION"))
