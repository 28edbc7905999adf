"""A small real TLS server for tests: every request goes to a function; what arrived is kept."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from ddb_client.ports import Address
from ddb_contract.identity import custodian_id


@dataclass(frozen=True)
class Key:
    """A custodian's key and certificate, PEM, and what they make of it."""

    pem: bytes
    spki: bytes

    @property
    def id(self) -> str:
        return custodian_id(self.spki)


def key(number: int = 0) -> Key:
    """Another key for every number."""
    return _made(number)


@cache
def _made(number: int) -> Key:
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(1 + number)
        .not_valid_before(datetime(2020, 1, 1))
        .not_valid_after(datetime(9999, 1, 1))
        .sign(private, hashes.SHA256())
    )
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(
        Encoding.PEM
    )
    return Key(pem, private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def context(of: Key, newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.maximum_version = newest
    with TemporaryDirectory() as folder:
        path = Path(folder, "pem")
        path.write_bytes(of.pem)
        made.load_cert_chain(path)
    return made


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Says:
    """An answer. `close`: the connection ends after it; `cut`: it ends before it.

    `drip`: follows the answer again and again, DRIPS times, with a pause each time.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    close: bool = False
    cut: bool = False
    raw: bytes | None = None
    drip: bytes = b""


DRIPS = 100
_PAUSE = 0.05


@dataclass
class TestServer:
    """What a test sees of it: where it listens, whom it is, and what came."""

    __test__ = False

    address: Address
    context: ssl.SSLContext
    answer: Callable[[Asked], Says]
    asked: list[Asked] = field(default_factory=list)
    bytes_read: int = 0
    handshakes: int = 0
    drips: int = 0
    connections: list[socket.socket] = field(default_factory=list)

    def drop_connections(self) -> None:
        """Cuts every connection there is."""
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def serve(self, plain: socket.socket) -> None:
        try:
            with plain, self.context.wrap_socket(plain, server_side=True) as secure:
                self.handshakes += 1
                self.connections.append(secure)
                with secure.makefile("rb") as stream:
                    while self._one(stream, secure):
                        pass
        except (OSError, ValueError):
            return

    def _one(self, stream, secure: ssl.SSLSocket) -> bool:
        line = stream.readline()
        self.bytes_read += len(line)
        if not line:
            return False
        method, path, _ = line.decode().split()
        headers: dict[str, str] = {}
        while (header := stream.readline().decode().strip()) != "":
            name, value = header.split(":", 1)
            headers[name.lower()] = value.strip()
        body = stream.read(int(headers.get("content-length", "0")))
        self.asked.append(Asked(method, path, headers, body))
        says = self.answer(self.asked[-1])
        if says.cut:
            return False
        extra = "".join(f"{name}: {value}\r\n" for name, value in says.headers.items())
        head = f"HTTP/1.1 {says.status} X\r\nContent-Length: {len(says.body)}\r\n{extra}\r\n".encode()
        secure.sendall(head + says.body if says.raw is None else says.raw)
        while says.drip and self.drips < DRIPS:
            threading.Event().wait(_PAUSE)
            secure.sendall(says.drip)
            self.drips += 1
        return not says.close


@contextmanager
def serving(
    answer: Callable[[Asked], Says], of: Key | None = None, newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3
) -> Iterator[TestServer]:
    """The server, on a free port of 127.0.0.1, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = TestServer(Address("127.0.0.1", listener.getsockname()[1]), context(of or key(), newest), answer)
        threads: list[threading.Thread] = []

        def accept() -> None:
            while True:
                try:
                    plain, _ = listener.accept()
                except OSError:
                    return
                threads.append(threading.Thread(target=server.serve, args=(plain,)))
                threads[-1].start()

        acceptor = threading.Thread(target=accept)
        acceptor.start()
        try:
            yield server
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            server.drop_connections()
            acceptor.join()
            for thread in threads:
                thread.join()
