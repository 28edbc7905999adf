"""The pin holds before a byte leaves."""

import ssl

import pytest

from ddb_client.adapters.channel import Patience
from ddb_client.adapters.http import HttpGateway
from ddb_client.adapters.tls import shown_key
from ddb_client.errors import Impostor, Unreachable
from ddb_contract.lights import Light
from ddb_contract.messages import CustodianInfo
from fakes_client import FakeClock
from tls_server import Asked, Says, context, key, serving


def info(number: int = 0) -> bytes:
    return (
        CustodianInfo(
            id=key(number).id,
            name="desk",
            software="x",
            paired=False,
            pairing_open=True,
            practice=True,
            administered=True,
            light=Light.READY,
        )
        .model_dump_json()
        .encode()
    )


def hello(_: Asked) -> Says:
    return Says(body=info())


def gateway() -> HttpGateway:
    return HttpGateway(FakeClock(), lambda size: bytes(size), Patience(upload=1, read=1, question=0.5))


def test_the_right_key_is_spoken_to() -> None:
    with serving(hello) as server:
        assert gateway().open(key().id, "desk", [server.address], None).info().name == "desk"


def test_another_key_gets_not_one_byte_and_is_not_tried_again() -> None:
    with serving(hello, of=key(1)) as server:
        api = gateway().open(key().id, "desk", [server.address], b"t" * 32)
        with pytest.raises(Impostor, match="desk"):
            api.laptops()
    assert (server.bytes_read, server.asked, server.handshakes) == (0, [], 1)


def test_a_key_that_changes_between_two_connections_gets_no_byte_of_the_second() -> None:
    with serving(lambda _: Says(body=info(), close=True)) as server:
        api = gateway().open(key().id, "desk", [server.address], b"t" * 32)
        api.info()
        seen = server.bytes_read
        server.context = context(key(1))
        with pytest.raises(Impostor):
            api.laptops()
    assert server.bytes_read == seen


def test_an_impostor_at_one_address_does_not_hide_the_custodian_at_the_next() -> None:
    with serving(hello, of=key(1)) as impostor, serving(hello) as server:
        api = gateway().open(key().id, "desk", [impostor.address, server.address], None)
        assert api.info().id == key().id
    assert impostor.bytes_read == 0


def test_tls_1_2_is_refused_in_a_sentence() -> None:
    with serving(hello, newest=ssl.TLSVersion.TLSv1_2) as server, pytest.raises(Unreachable, match=r"no TLS 1\.3"):
        gateway().open(key().id, "desk", [server.address], None).info()
    assert server.asked == []


def test_the_shown_key_is_the_one_that_the_server_has() -> None:
    with serving(hello, of=key(2)) as server:
        assert shown_key(server.address) == key(2).spki
    assert server.asked == []


def test_greeting_believes_the_key_and_not_what_is_said() -> None:
    with serving(hello, of=key(1)) as server, pytest.raises(Exception, match="another id"):
        gateway().greet(server.address)
