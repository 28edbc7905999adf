"""The listening socket: it counts the connections it accepts, turns away one too many, and can cut any of them.

A connection counts from the moment it is accepted, before TLS, so a silent one is counted too, until it is closed and
nobody attends to it any more: what it left to do takes memory too.
"""

import socket
import threading
from typing import Any, Self

MAX_CONNECTIONS = 128
MAX_PER_ADDRESS = 64


class Connection(socket.socket):
    """An accepted connection; tells its listener when it is closed."""

    listener: "Listener"
    peer: tuple[str, int]
    attended = False

    def getpeername(self) -> tuple[str, int]:
        """`peer`, whose address names its link if it is an IPv6 link-local one: `fe80::1%eth0`."""
        return self.peer

    def close(self) -> None:
        super().close()
        self.listener.forget(self)

    def cut(self) -> None:
        """Ends it both ways at once, whatever the peer does; whoever reads or writes it sees its end."""
        try:
            self.shutdown(socket.SHUT_RDWR)
        except OSError:
            return


class Listener(socket.socket):
    """A TCP socket that listens on `address`:`port`. Raises OSError when it can't."""

    def __init__(self, address: str, port: int) -> None:
        super().__init__(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        self._counted: set[Connection] = set()
        self._mutex = threading.Lock()
        try:
            self.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.bind((address, port))
            self.listen()
        except OSError:
            self.close()
            raise

    @property
    def port(self) -> int:
        return int(self.getsockname()[1])

    def accept(self) -> tuple[socket.socket, Any]:
        """The next connection that may stay. Raises BlockingIOError when none waits and the socket doesn't block."""
        while True:
            descriptor, address = self._accept()  # type: ignore[attr-defined]
            connection = Connection(self.family, self.type, self.proto, fileno=descriptor)
            connection.listener, connection.peer = self, (_scoped(address), int(address[1]))
            if self._admitted(connection):
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return connection, address
            connection.close()

    def _admitted(self, connection: Connection) -> bool:
        with self._mutex:
            from_there = sum(counted.peer[0] == connection.peer[0] for counted in self._counted)
            if len(self._counted) >= MAX_CONNECTIONS or from_there >= MAX_PER_ADDRESS:
                return False
            self._counted.add(connection)
            return True

    def attend(self, peer: tuple[str, int]) -> Connection | None:
        """The open connection from `peer`, which counts until `leave`, even if it is closed before."""
        connection = self._from(peer)
        if connection is not None:
            connection.attended = True
        return connection

    def leave(self, connection: Connection) -> None:
        connection.attended = False
        self.forget(connection)

    def forget(self, connection: Connection) -> None:
        """It counts no more, if it is closed and nobody attends to it."""
        with self._mutex:
            if connection.fileno() < 0 and not connection.attended:
                self._counted.discard(connection)

    def cut(self, peer: tuple[str, int]) -> None:
        """Ends the connection from `peer`, if there still is one."""
        connection = self._from(peer)
        if connection is not None:
            connection.cut()

    def cut_all(self) -> None:
        """Ends every connection."""
        with self._mutex:
            connections = list(self._counted)
        for connection in connections:
            connection.cut()

    def _from(self, peer: tuple[str, int]) -> Connection | None:
        with self._mutex:
            return next((one for one in self._counted if one.peer == peer and one.fileno() >= 0), None)

    def __enter__(self) -> Self:
        return self


def _scoped(address: Any) -> str:
    if len(address) == 4 and address[3]:
        return socket.getnameinfo(address, socket.NI_NUMERICHOST | socket.NI_NUMERICSERV)[0]
    return str(address[0])
