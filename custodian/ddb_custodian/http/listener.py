"""The listening socket: it counts the connections it accepts, turns away one too many, and can cut any of them.

A connection counts from the moment it is accepted, before TLS, so a silent one is counted too.
"""

import socket
import threading
from collections import Counter
from typing import Any, Self

MAX_CONNECTIONS = 128
MAX_PER_ADDRESS = 64


class Connection(socket.socket):
    """An accepted connection; tells its listener when it is closed."""

    listener: "Listener"
    peer: tuple[str, int]

    def getpeername(self) -> tuple[str, int]:
        """`peer`, whose address names its link if it is an IPv6 link-local one: `fe80::1%eth0`."""
        return self.peer

    def close(self) -> None:
        self.listener.forget(self)
        super().close()

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
        self._open: dict[tuple[str, int], Connection] = {}
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
            from_there = Counter(address for address, _ in self._open)[connection.peer[0]]
            if len(self._open) >= MAX_CONNECTIONS or from_there >= MAX_PER_ADDRESS:
                return False
            self._open[connection.peer] = connection
            return True

    def forget(self, connection: Connection) -> None:
        with self._mutex:
            if self._open.get(connection.peer) is connection:
                del self._open[connection.peer]

    def cut(self, peer: tuple[str, int]) -> None:
        """Ends the connection from `peer`, if there still is one."""
        with self._mutex:
            connection = self._open.get(peer)
        if connection is not None:
            connection.cut()

    def cut_all(self) -> None:
        """Ends every connection."""
        with self._mutex:
            connections = list(self._open.values())
        for connection in connections:
            connection.cut()

    def __enter__(self) -> Self:
        return self


def _scoped(address: Any) -> str:
    if len(address) == 4 and address[3]:
        return socket.getnameinfo(address, socket.NI_NUMERICHOST | socket.NI_NUMERICSERV)[0]
    return str(address[0])
