"""The server: hypercorn on its own thread, TLS 1.3 only, HTTP/1.1, behind the guard. Why these: docs/adr/0002."""

import asyncio
import logging
import ssl
import threading
from asyncio.sslproto import SSLProtocol
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from ddb_custodian.http.bridge import answering
from ddb_custodian.http.connections import Connections
from ddb_custodian.http.guard import Guard, Limits
from ddb_custodian.http.listener import Listener

HEADER_TIME = 5.0
"""Seconds for a handshake, and for a request's header from the connection's (or the last answer's) end."""
GRACE = 3.0
"""Seconds that requests in flight have when the server stops."""
CUT_TIME = 0.5
"""Seconds that connections have to end once they are cut."""

SSLProtocol.max_size = 32 * 1024
"""Bytes of a TLS connection's own buffer. asyncio's 256 KiB make a third of a megabyte of each handshake that was left,
and those stay until Python's next garbage collection."""

_log = logging.getLogger("ddb.server")


def _tls(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.num_tickets = 0
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(certificate, key)
    return context


class Server:
    """Serves a WSGI application until `stop`. Raises OSError when the key can't be used.

    The listener is already bound, so whoever connects before `start` waits.
    """

    def __init__(
        self, application: Any, listener: Listener, certificate: Path, key: Path, limits: Limits | None = None
    ) -> None:
        self._listener, self._tls = listener, _tls(certificate, key)
        limits = limits or Limits()
        self._guard = Guard(answering(application), listener.cut, limits)
        self._connections = Connections(self._guard, listener, HEADER_TIME)
        self._loop = asyncio.new_event_loop()
        self._loop.set_default_executor(ThreadPoolExecutor(limits.calls, "request"))
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="server")

    def start(self) -> None:
        self._thread.start()

    def running(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        """Takes no more requests, lets those in flight finish for GRACE seconds, then ends what is left."""
        if not self.running():
            return
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(2 * GRACE)
        self._listener.cut_all()
        self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            self._loop.set_exception_handler(_complain)
            try:
                runner.run(self._serve())
            except Exception as error:
                if not self._stop.is_set():
                    _log.error("the server ended: %s", type(error).__name__)

    async def _serve(self) -> None:
        server = await asyncio.start_server(
            self._connections.serve, sock=self._listener, ssl=self._tls, ssl_handshake_timeout=HEADER_TIME
        )
        await self._stop.wait()
        await self._guard.quiet(GRACE)
        server.close()
        self._listener.cut_all()
        with suppress(TimeoutError):
            await asyncio.wait_for(server.wait_closed(), CUT_TIME)


def _complain(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Failed handshakes and vanished clients are no news; anything else is one line."""
    error = context.get("exception")
    if not isinstance(error, OSError | asyncio.CancelledError):
        _log.error("the server: %s", type(error).__name__ if error else context["message"])
