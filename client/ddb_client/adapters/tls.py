"""TLS that believes in one key: 1.3 only, and no request byte leaves before the peer has shown the pinned key."""

import math
import ssl
import time
from typing import Any

import urllib3
from urllib3.connection import HTTPSConnection

from ddb_client.errors import Impostor
from ddb_client.ports import Address
from ddb_contract.identity import custodian_id, spki_of_certificate

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 30.0
ANSWER_TIMEOUT = 120.0
"""Seconds for one whole answer, however it trickles in: a stripe needs 8 KiB a second."""


class _Timely(ssl.SSLSocket):
    """Reads nothing more after `deadline` (monotonic seconds): a timeout by itself starts anew with every byte."""

    deadline = math.inf

    def recv_into(self, *args: Any, **options: Any) -> int:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer takes too long")
        self.settimeout(min(READ_TIMEOUT, left))
        return super().recv_into(*args, **options)


def context() -> ssl.SSLContext:
    """TLS 1.3 without authorities: who it is, `PinnedConnection` decides by the key alone."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    made.sslsocket_class = _Timely
    return made


class PinnedConnection(HTTPSConnection):
    """Connects only to the key whose id is `pin`; None takes any P-256 key. Raises Impostor from `connect`.

    `spki` is the key that was shown, DER.
    """

    def __init__(self, *args: Any, pin: str | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self._pin = pin
        self.spki = b""

    def connect(self) -> None:
        super().connect()
        try:
            self.spki = self._shown()
        except Impostor:
            self.close()
            raise
        self.is_verified = True

    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]  # as urllib3 itself overrides it
        assert isinstance(self.sock, _Timely)
        self.sock.deadline = time.monotonic() + ANSWER_TIMEOUT
        return super().getresponse()

    def _shown(self) -> bytes:
        assert isinstance(self.sock, ssl.SSLSocket)
        try:
            spki = spki_of_certificate(self.sock.getpeercert(binary_form=True) or b"")
        except ValueError as error:
            raise Impostor(f"what answers at {self.host} is no custodian") from error
        if self._pin not in (None, custodian_id(spki)):
            raise Impostor(f"another key answers at {self.host}")
        return spki


class PinnedPool(urllib3.HTTPSConnectionPool):
    """Keep-alive connections to one address and one key, at most `maxsize` at a time."""

    ConnectionCls = PinnedConnection


def pinned_pool(address: Address, pin: str, maxsize: int) -> PinnedPool:
    """Opens nothing yet."""
    return PinnedPool(
        address.host,
        address.port,
        timeout=urllib3.Timeout(connect=CONNECT_TIMEOUT, read=READ_TIMEOUT),
        maxsize=maxsize,
        block=True,
        retries=False,
        ssl_context=context(),
        pin=pin,
    )


def shown_key(address: Address) -> bytes:
    """The SubjectPublicKeyInfo, DER, of whatever answers there; nothing is sent to it.

    Raises Impostor when it is no P-256 key, urllib3's HTTPError or OSError when nothing answers.
    """
    connection = PinnedConnection(address.host, address.port, timeout=CONNECT_TIMEOUT, ssl_context=context())
    try:
        connection.connect()
        return connection.spki
    finally:
        connection.close()
