"""The connections past their handshake: hypercorn's, in HTTP/1.1 alone, and gone as soon as their peer is."""

import logging
from asyncio import StreamReader, StreamWriter, get_running_loop

from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.config import Config
from hypercorn.protocol.h11 import H11Protocol

from ddb_custodian.http.guard import Guard
from ddb_custodian.http.listener import Listener


class Connections:
    """Serves the ASGI application `guard`. `idle`: seconds that a connection may be without a request."""

    def __init__(self, guard: Guard, listener: Listener, idle: float) -> None:
        self._application = ASGIWrapper(guard)  # type: ignore[arg-type]  # our events are plain dictionaries
        self._listener, self._config = listener, Config()
        self._config.keep_alive_timeout = idle
        self._config.include_server_header = False
        self._config.errorlog = logging.getLogger("ddb.server")

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Returns once nothing of the connection is left; until then the listener counts it."""
        connection = self._listener.attend(writer.get_extra_info("peername")[:2])
        if connection is None:
            return
        try:
            loop, context = get_running_loop(), WorkerContext(None)
            await _Connection(self._application, loop, self._config, context, {}, reader, writer)
        finally:
            self._listener.leave(connection)


class _Connection(TCPServer):
    async def _read_data(self) -> None:
        """Until the peer is gone. From then on idling ends at once: hypercorn alone would still wait its whole time."""
        own = self.protocol
        self.protocol = _Http11(  # type: ignore[assignment]  # without the wrapper that goes over to HTTP/2
            own.app, own.config, own.context, own.task_group, own.state, own.ssl, own.client, own.server, own.send
        )
        await super()._read_data()
        await self.context.terminated.set()


class _Http11(H11Protocol):
    async def _check_protocol(self, event: object) -> None:
        """Nobody gets HTTP/2: its preface is a request for nothing, an upgrade to it isn't heard."""
