"""The guard between server and application: it takes a request's whole body in, or refuses it.

No stranger can make it wait, grow or stop: every body has a limit in bytes and in time, all bodies together have one
in memory, and whoever doesn't read an answer is cut off.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from ddb_contract.problems import Failing, Malformed, Refusal, TooLarge, TooMany
from ddb_contract.shares import STRIPE
from ddb_custodian.http.answers import HEADERS, PROBLEM_TYPE, problem_of

MAX_JSON = 128 * 1024
MAX_HEADERS = 64
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Answering = Callable[[Message, BytesIO, Send], Awaitable[None]]
"""Answers one request, of which it gets the scope and the whole body."""

_log = logging.getLogger("ddb.http")


@dataclass(frozen=True)
class Limits:
    """Seconds and bytes. `pause`: between two parts of a body; `body`: for all of it; `send`: for one part out.

    `linger`: how long the rest of a refused body is still read, so that its sender gets to see the answer.
    `memory`: all bodies that are under way together; `calls`: requests answered at once.
    """

    pause: float = 15.0
    body: float = 60.0
    send: float = 30.0
    linger: float = 2.0
    memory: int = 12 * STRIPE
    calls: int = 16


def body_limit(method: str, path: str) -> int:
    """Bytes that the body of such a request may have."""
    return STRIPE if method == "PUT" and "/pieces/" in path else MAX_JSON


class Guard:
    """The ASGI application that hypercorn runs. `cut` ends the connection of a peer (address, port) at once."""

    def __init__(self, answering: Answering, cut: Callable[[tuple[str, int]], None], limits: Limits):
        self._answering, self._cut, self._limits = answering, cut, limits
        self._held = 0
        self._calls = asyncio.Semaphore(self._limits.calls)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._request(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def quiet(self, seconds: float) -> None:
        """Answers no further request, and returns when those being answered are done, after `seconds` at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                for _ in range(self._limits.calls):
                    await self._calls.acquire()

    async def _request(self, scope: Message, receive: Receive, send: Send) -> None:
        way_in, out = _In(receive), _Out(send, self._limits.send)
        try:
            try:
                await self._take(scope, way_in)
                async with self._calls:
                    await self._answering(scope, way_in.body, out)
            except Refusal as refusal:
                await self._refuse(way_in, out, refusal)
        except TimeoutError:
            self._cut(tuple(scope["client"]))
        except OSError:
            return
        except Exception as error:
            _log.error("a request failed: %s", type(error).__name__)
            await self._refuse(way_in, out, Failing())
        finally:
            self._held -= len(way_in.body.getbuffer())

    async def _take(self, scope: Message, way_in: "_In") -> None:
        """Takes the whole body in. Raises Malformed, TooLarge, TooMany, TimeoutError, ConnectionError."""
        headers = scope["headers"]
        limit = body_limit(scope["method"], scope["path"])
        if len(headers) > MAX_HEADERS:
            raise Malformed("a request has fewer headers")
        if any(name == b"content-length" and int(value) > limit for name, value in headers):
            raise TooLarge
        async with asyncio.timeout(self._limits.body):
            while way_in.more:
                async with asyncio.timeout(self._limits.pause):
                    part = await way_in.part()
                self._keep(part, way_in.body, limit)
        way_in.body.seek(0)

    def _keep(self, part: bytes, body: BytesIO, limit: int) -> None:
        if body.tell() + len(part) > limit:
            raise TooLarge
        if self._held + len(part) > self._limits.memory:
            raise TooMany
        body.write(part)
        self._held += len(part)

    async def _refuse(self, way_in: "_In", out: "_Out", refusal: Refusal) -> None:
        """Answers, unless an answer has begun, and reads away what still comes before the connection ends."""
        if out.begun:
            return
        problem, headers = problem_of(refusal)
        text = problem.model_dump_json().encode()
        await out({"type": "http.response.start", "status": refusal.status, "headers": _raw(len(text), headers)})
        await out({"type": "http.response.body", "body": text, "more_body": True})
        async with asyncio.timeout(self._limits.linger):
            while way_in.more:
                await way_in.part()
        await out({"type": "http.response.body"})


class _In:
    """The way in: `body` as far as it was kept, `more` while some is still to come."""

    def __init__(self, receive: Receive) -> None:
        self._receive, self.body, self.more = receive, BytesIO(), True

    async def part(self) -> bytes:
        """The next part. Raises ConnectionAbortedError when the client has gone."""
        message = await self._receive()
        if message["type"] != "http.request":
            raise ConnectionAbortedError
        self.more = message.get("more_body", False)
        part: bytes = message.get("body", b"")
        return part


class _Out:
    """The way back; each part of an answer has its time. `begun`: the first part is out."""

    def __init__(self, send: Send, seconds: float) -> None:
        self._send, self._seconds, self.begun = send, seconds, False

    async def __call__(self, message: Message) -> None:
        self.begun = True
        async with asyncio.timeout(self._seconds):
            await self._send(message)


def _raw(length: int, headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    every = {"Content-Type": PROBLEM_TYPE, "Content-Length": str(length), **HEADERS, **headers}
    return [(name.lower().encode(), value.encode()) for name, value in every.items()]
