"""The guarded server on real sockets: strangers who say nothing, or say it slowly, stall nobody."""

import gc
import http.client
import socket
import ssl
import threading
from asyncio.sslproto import SSLProtocol
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from hashlib import sha256

import pytest
from flask import Flask, Response, request

from ddb_contract.messages import Problem
from ddb_contract.shares import STRIPE
from ddb_custodian.adapters.key import KeyFiles
from ddb_custodian.http import listener as listening
from ddb_custodian.http.guard import MAX_JSON, Limits
from ddb_custodian.http.listener import Listener
from ddb_custodian.http.server import Server

PATIENCE = 20.0
"""Seconds after which an honest client gives up: far more than any answer here takes."""
PIECE = "/v1/drops/x/pieces/0"
REQUEST = b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n"


def echoing(gate: threading.Event, arrived: threading.Event) -> Flask:
    app = Flask("echo", static_folder=None)

    @app.route("/<path:path>", methods=["GET", "PUT", "POST"])
    def echo(path: str) -> Response:
        if path == "gate":
            arrived.set()
            assert gate.wait(PATIENCE)
        if path == "raise":
            return Response(iter(_broken()))
        return Response(sha256(request.get_data()).hexdigest())

    return app


def _broken() -> Iterator[bytes]:
    yield b"begun"
    raise RuntimeError("a secret")


class Served:
    def __init__(self, server: Server, port: int, gate: threading.Event, arrived: threading.Event) -> None:
        self.server, self.port, self.gate, self.arrived = server, port, gate, arrived

    def tcp(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE)

    def tls(self, newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> ssl.SSLSocket:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.maximum_version = newest
        return context.wrap_socket(self.tcp())

    def http(self) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.sock = self.tls()
        return connection

    def ask(self, method: str, path: str, body: object = b"") -> tuple[int, bytes]:
        connection = self.http()
        try:
            connection.request(method, path, body)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def slow_body(self, sent: int = 1) -> ssl.SSLSocket:
        slow = self.tls()
        slow.sendall(f"PUT {PIECE} HTTP/1.1\r\nHost: x\r\nContent-Length: {STRIPE}\r\n\r\n".encode() + bytes(sent))
        return slow


@contextmanager
def serving(key: KeyFiles, limits: Limits | None = None) -> Iterator[Served]:
    gate, arrived = threading.Event(), threading.Event()
    listener = Listener("127.0.0.1", 0)
    server = Server(echoing(gate, arrived), listener, key.certificate, key.key, limits)
    server.start()
    try:
        yield Served(server, listener.port, gate, arrived)
    finally:
        gate.set()
        server.stop()


@pytest.fixture
def served(key: KeyFiles) -> Iterator[Served]:
    with serving(key) as served:
        yield served


def eventually_answered(served: Served) -> bool:
    for _ in range(1000):
        with suppress(OSError):
            return served.ask("GET", "/x")[0] == 200
    return False


def live_connections() -> int:
    """Those of which something is left in memory."""
    return len(left_in_memory())


def left_in_memory() -> list[SSLProtocol]:
    return [one for one in gc.get_objects() if isinstance(one, SSLProtocol)]


def all_of(tls: ssl.SSLSocket) -> bytes:
    """Every byte until the other side ends it."""
    return b"".join(iter(lambda: tls.recv(1000), b""))


def code(answer: tuple[int, bytes]) -> tuple[int, str]:
    return answer[0], Problem.model_validate_json(answer[1]).code


def test_pieces_arrive_whole_over_one_connection(served):
    connection = served.http()
    for stripe in range(5):
        piece = bytes([stripe]) * STRIPE
        connection.request("PUT", PIECE, piece)
        response = connection.getresponse()
        assert (response.status, response.read()) == (200, sha256(piece).hexdigest().encode())
        assert response.getheader("Server") is None
    connection.close()


def test_a_body_in_chunks_is_a_body(served):
    parts = [b"one", b"two"]
    assert served.ask("PUT", PIECE, iter(parts)) == (200, sha256(b"onetwo").hexdigest().encode())


def test_honest_clients_are_answered_among_silent_and_slow_ones(served):
    with ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(served.tcp())
            stack.enter_context(served.tls())
            stack.enter_context(served.slow_body())
        for _ in range(3):
            assert served.ask("GET", "/v1/custodian")[0] == 200
            assert served.ask("PUT", PIECE, bytes(STRIPE))[0] == 200


def test_honest_clients_are_answered_while_other_requests_are_at_work(served):
    workers = [threading.Thread(target=served.ask, args=("GET", "/gate")) for _ in range(8)]
    for worker in workers:
        worker.start()
    assert served.ask("GET", "/v1/custodian")[0] == 200
    served.gate.set()
    for worker in workers:
        worker.join()


def test_silent_connections_are_ended(served):
    with served.tcp() as tcp, served.tls() as tls:
        assert tcp.recv(1) == b""
        assert tls.recv(1) == b""


def test_a_slow_header_is_ended(served):
    with served.tls() as slow:
        slow.sendall(b"GET / HTTP/1.1\r\nHost:")
        assert slow.recv(1) == b""


def test_a_body_that_stops_coming_is_ended(key):
    with serving(key, Limits(pause=0.2)) as served, served.slow_body(70_000) as slow:
        assert slow.recv(1) == b""


def test_a_body_that_trickles_for_too_long_is_ended(key):
    with serving(key, Limits(pause=5.0, body=0.3)) as served, served.slow_body() as slow:
        slow.settimeout(0.05)
        for _ in range(400):
            try:
                slow.sendall(b"x")
                if slow.recv(1) == b"":
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        else:
            pytest.fail("still open after twenty seconds")


def test_bodies_have_their_limit(served):
    assert served.ask("PUT", PIECE, bytes(STRIPE))[0] == 200
    assert code(served.ask("PUT", PIECE, bytes(STRIPE + 1))) == (413, "too-large")
    assert served.ask("POST", "/v1/drops", bytes(MAX_JSON))[0] == 200
    assert code(served.ask("POST", "/v1/drops", bytes(MAX_JSON + 1))) == (413, "too-large")
    assert code(served.ask("POST", "/v1/drops", iter([bytes(MAX_JSON), b"x"]))) == (413, "too-large")


def test_all_bodies_together_have_a_limit_and_it_is_given_back(key):
    with serving(key, Limits(memory=STRIPE)) as served:
        with served.slow_body(STRIPE // 2):
            answers = {served.ask("PUT", PIECE, bytes(STRIPE))[0] for _ in range(50)}
            assert 429 in answers
        deadline = [served.ask("PUT", PIECE, bytes(STRIPE))[0] for _ in range(50)]
        assert deadline[-1] == 200


def test_too_many_headers_are_malformed(served):
    with closing(served.http()) as connection:
        connection.request("GET", "/", headers={f"X-{i}": "x" for i in range(100)})
        response = connection.getresponse()
        assert code((response.status, response.read())) == (400, "malformed")


def test_an_answer_that_breaks_off_ends_the_connection_and_is_logged_without_its_words(served, caplog):
    with served.tls() as tls:
        tls.sendall(b"GET /raise HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = all_of(tls)
    assert answer.startswith(b"HTTP/1.1 200")
    assert not answer.endswith(b"0\r\n\r\n")
    assert "RuntimeError" in caplog.text
    assert "a secret" not in caplog.text


def test_whoever_does_not_read_an_answer_is_cut_off_and_its_thread_is_free(key):
    gone = threading.Event()

    def endless() -> Iterator[bytes]:
        try:
            while True:
                yield bytes(STRIPE)
        finally:
            gone.set()

    app = Flask("endless", static_folder=None)
    app.add_url_rule("/", view_func=lambda: Response(endless()))
    listener = Listener("127.0.0.1", 0)
    server = Server(app, listener, key.certificate, key.key, Limits(send=0.2))
    server.start()
    try:
        with Served(server, listener.port, gone, gone).tls() as deaf:
            deaf.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert gone.wait(PATIENCE)
    finally:
        server.stop()


def test_nothing_older_than_tls_1_3_is_spoken(served):
    with pytest.raises((ssl.SSLError, ConnectionError)):
        served.tls(ssl.TLSVersion.TLSv1_2)
    with served.tls() as tls:
        assert tls.version() == "TLSv1.3"


def test_one_address_has_only_so_many_connections(served, monkeypatch):
    monkeypatch.setattr(listening, "MAX_PER_ADDRESS", 3)
    with ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(served.tls())
        with pytest.raises((OSError, ssl.SSLError)):
            served.tls()
    assert eventually_answered(served)


@pytest.mark.parametrize("said", [b"", REQUEST])
def test_whoever_connects_and_goes_leaves_nothing_behind(served, said):
    for _ in range(6):
        for _ in range(100):
            with suppress(OSError), served.tls() as tls:
                tls.sendall(said)
        assert live_connections() <= listening.MAX_CONNECTIONS
    assert eventually_answered(served)


@pytest.fixture
def uncollected() -> Iterator[None]:
    """No garbage is collected meanwhile."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("uncollected")
def test_handshakes_that_were_left_hold_little(served):
    for _ in range(200):
        with suppress(OSError), served.tcp() as tcp:
            sent = ssl.MemoryBIO()
            hello = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), sent, server_hostname="x")
            with suppress(ssl.SSLWantReadError):
                hello.do_handshake()
            tcp.sendall(sent.read())
    assert sum(one.max_size for one in left_in_memory()) <= 8 * 2**20
    assert eventually_answered(served)


def test_a_request_whose_client_has_gone_counts_until_it_is_done(served, monkeypatch):
    monkeypatch.setattr(listening, "MAX_PER_ADDRESS", 3)
    for _ in range(3):
        with served.tls() as tls:
            tls.sendall(b"GET /gate HTTP/1.1\r\nHost: x\r\n\r\n")
            assert served.arrived.wait(PATIENCE)
            served.arrived.clear()
    for _ in range(50):
        with pytest.raises(OSError):  # noqa: PT011  # however the connection ends
            served.tls()
    served.gate.set()
    assert eventually_answered(served)


def test_a_websocket_is_not_spoken(served):
    with served.tls() as tls:
        tls.sendall(
            b"GET /x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        assert tls.recv(100).startswith(b"HTTP/1.1 403")


def test_http_2_is_not_spoken_to_whoever_begins_with_it(served):
    with served.tls() as tls:
        tls.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5))
        answers = [line for line in all_of(tls).splitlines() if line.startswith(b"HTTP/")]
    assert answers
    assert all(line.startswith(b"HTTP/1.1 4") for line in answers)


def test_an_upgrade_to_http_2_is_not_heard(served):
    with served.tls() as tls:
        tls.sendall(
            b"GET /x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\n"
            b"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n"
        )
        assert all_of(tls).startswith(b"HTTP/1.1 200")


def test_stopping_lets_a_request_in_flight_finish(key):
    with serving(key) as served:
        answers: list[tuple[int, bytes]] = []
        worker = threading.Thread(target=lambda: answers.append(served.ask("GET", "/gate")))
        worker.start()
        assert served.arrived.wait(PATIENCE)
        stopper = threading.Thread(target=served.server.stop)
        stopper.start()
        served.gate.set()
        worker.join()
        stopper.join()
        assert [status for status, _ in answers] == [200]


def test_stopping_does_not_wait_for_silent_or_slow_clients(key):
    with serving(key) as served, ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(served.tcp())
            stack.enter_context(served.tls())
            stack.enter_context(served.slow_body())
        served.server.stop()
        assert not served.server.running()


@pytest.mark.parametrize(
    ("address", "scoped"),
    [
        (("192.0.2.1", 5), "192.0.2.1"),
        (("2001:db8::1", 5, 0, 0), "2001:db8::1"),
        (("fe80::1", 5, 0, socket.if_nametoindex("lo")), "fe80::1%lo"),
    ],
)
def test_a_link_local_peer_is_known_with_its_link(address: tuple, scoped: str) -> None:
    assert listening._scoped(address) == scoped


def test_a_connection_tells_the_server_who_its_peer_is_as_the_listener_has_it(served):
    with closing(served.tcp()) as plain, closing(listening.Listener("127.0.0.1", 0)) as listener:
        assert plain.getpeername()[1] == served.port
        with closing(socket.create_connection(("127.0.0.1", listener.port))) as client:
            connection, _ = listener.accept()
            assert connection.getpeername() == connection.peer == client.getsockname()
            connection.close()
