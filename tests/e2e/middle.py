"""What can sit between a laptop and a custodian: a relay that breaks, and a custodian with another key."""

import contextlib
import json
import select
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Self

from e2e.harness import Fleet


class Middle:
    """Listens on a port of 127.0.0.1 and gives every connection to `met`, in a thread of its own, until it is left."""

    def __init__(self, port: int = 0) -> None:
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []

    def __enter__(self) -> Self:
        self._begin(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        for each in (self._listener, *self._sockets):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join()

    def _begin(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def keep(self, connection: socket.socket) -> socket.socket:
        """Closed when the middle is left."""
        self._sockets.append(connection)
        return connection

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                self._begin(self._meet, self.keep(connection))

    def _meet(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            self.met(connection)

    def met(self, connection: socket.socket) -> None:
        raise NotImplementedError


class BreakingRelay(Middle):
    """Passes everything on to `target`, and breaks a connection whenever `size` bytes passed, `left` times more."""

    def __init__(self, target: int, size: int, breaks: int) -> None:
        super().__init__()
        self._target, self._size, self._passed = target, size, 0
        self.left = breaks
        self._lock = threading.Lock()

    def met(self, connection: socket.socket) -> None:
        with self.keep(socket.create_connection(("127.0.0.1", self._target))) as upstream:
            self._begin(pump, upstream, connection, self._count)
            pump(connection, upstream, self._count)

    def _count(self, passing: int) -> None:
        with self._lock:
            self._passed += passing
            if self._passed >= self._size and self.left:
                self._passed, self.left = 0, self.left - 1
                raise ConnectionAbortedError


class HoldingRelay(Middle):
    """Passes everything on to `target` until `size` bytes went there; then nothing, until `released` is set."""

    def __init__(self, target: int, size: int) -> None:
        super().__init__()
        self._target, self._left = target, size
        self.held, self.released = threading.Event(), threading.Event()

    def __exit__(self, *problem: object) -> None:
        self.released.set()
        super().__exit__(*problem)

    def met(self, connection: socket.socket) -> None:
        with self.keep(socket.create_connection(("127.0.0.1", self._target))) as upstream:
            self._begin(pump, upstream, connection)
            pump(connection, upstream, self._hold)

    def _hold(self, passed: int) -> None:
        self._left -= passed
        if self._left < 0:
            self.held.set()
            self.released.wait()


class Impersonator(Middle):
    """Answers TLS with the key in that state folder; `heard` is every byte that came through the encryption."""

    def __init__(self, port: int, state: Path) -> None:
        super().__init__(port)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(state / "cert.pem", state / "key.pem")
        self.heard = b""
        self.handshakes = 0

    def met(self, connection: socket.socket) -> None:
        with self._context.wrap_socket(connection, server_side=True) as secure:
            self.handshakes += 1
            self.talk(secure)

    def talk(self, secure: ssl.SSLSocket) -> None:
        while data := secure.recv(65_536):
            self.heard += data


class Eavesdropper(Impersonator):
    """Passes all that it hears on to the real custodian, and its answers back, with `own` id in place of `real`."""

    def __init__(self, target: int, state: Path, real: str, own: str) -> None:
        super().__init__(0, state)
        self._target, self._real, self._own = target, real.encode(), own.encode()

    def talk(self, secure: ssl.SSLSocket) -> None:
        anybody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
        plain = self.keep(socket.create_connection(("127.0.0.1", self._target)))
        with anybody.wrap_socket(plain) as upstream:
            others = {secure: upstream, upstream: secure}
            while True:
                for ready in select.select(list(others), [], [])[0]:
                    if not (data := ready.recv(65_536)):
                        return
                    self.heard += data
                    others[ready].sendall(data.replace(self._real, self._own))


def pump(source: socket.socket, sink: socket.socket, passing: Callable[[int], None] = lambda _: None) -> None:
    """Passes bytes on until either side ends, telling `passing` how many before they go."""
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            passing(len(data))
            sink.sendall(data)
    for each in (source, sink):
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


def reroute(fleet: Fleet, name: str, port: int) -> None:
    """Makes the laptop believe that the custodian was last seen at that port."""
    path = fleet.home / "fleet.json"
    document = json.loads(path.read_text())
    for entry in document["custodians"]:
        if entry["name"] == name:
            entry["port"] = port
    path.write_text(json.dumps(document))
