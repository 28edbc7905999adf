"""The guard between server and application: it takes a request's whole body in, or refuses it.

No stranger can make it wait, grow or stop: every body has a limit in bytes and in time, all bodies together have one
in memory, and whoever doesn't read an answer is cut off.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from ddb_contract.messages import Problem
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


class _Disconnected(Exception):
    """The client went away in the middle of its request."""


def body_limit(method: str, path: str) -> int:
    """Bytes that the body of such a request may have."""
    return STRIPE if method == "PUT" and "/pieces/" in path else MAX_JSON


class Guard:
    """The ASGI application that hypercorn runs. `cut` ends the connection of a peer (address, port) at once."""

    def __init__(self, answering: Answering, cut: Callable[[tuple[str, int]], None], limits: Limits | None = None):
        self._answering, self._cut, self._limits = answering, cut, limits or Limits()
        self._held = 0
        self._calls = asyncio.Semaphore(self._limits.calls)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "http":
                await self._request(scope, receive, send)
            case "lifespan":
                await _live(receive, send)
            case _:
                await send({"type": "websocket.close", "code": 1008})

    async def _request(self, scope: Message, receive: Receive, send: Send) -> None:
        body = BytesIO()
        out = _Out(send, self._limits.send)
        try:
            await self._take(scope, receive, body)
            async with self._calls:
                body.seek(0)
                await self._answering(scope, body, out)
        except _Disconnected:
            return
        except Refusal as refusal:
            await out.refuse(refusal)
            await self._linger(scope, receive)
        except TimeoutError:
            self._cut(tuple(scope["client"]))
        except Exception as error:
            _log.error("a request failed: %s", type(error).__name__)
            await out.refuse(Failing())
        finally:
            self._held -= len(body.getbuffer())

    async def _take(self, scope: Message, receive: Receive, body: BytesIO) -> None:
        """Fills `body`. Raises Malformed, TooLarge, TooMany, TimeoutError, _Disconnected."""
        headers = scope["headers"]
        limit = body_limit(scope["method"], scope["path"])
        if len(headers) > MAX_HEADERS:
            raise Malformed("a request has fewer headers")
        if any(name == b"content-length" and int(value) > limit for name, value in headers):
            raise TooLarge
        async with asyncio.timeout(self._limits.body):
            more = True
            while more:
                async with asyncio.timeout(self._limits.pause):
                    message = await receive()
                if message["type"] != "http.request":
                    raise _Disconnected
                more = message.get("more_body", False)
                self._keep(message.get("body", b""), body, limit)

    def _keep(self, part: bytes, body: BytesIO, limit: int) -> None:
        if body.tell() + len(part) > limit:
            raise TooLarge
        if self._held + len(part) > self._limits.memory:
            raise TooMany
        body.write(part)
        self._held += len(part)

    async def _linger(self, scope: Message, receive: Receive) -> None:
        """Reads away what a refused client still sends, then ends its connection."""
        try:
            async with asyncio.timeout(self._limits.linger):
                while (message := await receive())["type"] == "http.request" and message.get("more_body", False):
                    continue
        except TimeoutError:
            self._cut(tuple(scope["client"]))


class _Out:
    """The way back. Each part has its time; a refusal goes out unless an answer has begun."""

    def __init__(self, send: Send, seconds: float) -> None:
        self._send, self._seconds, self._begun = send, seconds, False

    async def __call__(self, message: Message) -> None:
        self._begun = True
        async with asyncio.timeout(self._seconds):
            await self._send(message)

    async def refuse(self, refusal: Refusal) -> None:
        if self._begun:
            return
        problem, headers = problem_of(refusal)
        await self({"type": "http.response.start", "status": refusal.status, "headers": _raw(problem, headers)})
        await self({"type": "http.response.body", "body": problem.model_dump_json().encode()})


def _raw(problem: Problem, headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    length = str(len(problem.model_dump_json().encode()))
    every = {"Content-Type": PROBLEM_TYPE, "Content-Length": length, **HEADERS, **headers}
    return [(name.lower().encode(), value.encode()) for name, value in every.items()]


async def _live(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})
