"""What mDNS brings is a hint from a hostile network."""

import socket

from hypothesis import given
from hypothesis import strategies as st
from zeroconf import ServiceInfo, Zeroconf

from ddb_client.adapters.mdns import MdnsFinder, read_service
from ddb_client.ports import Address
from ddb_contract.messages import NAME_LENGTH
from ddb_contract.routes import SERVICE_TYPE
from ddb_contract.text import b32

ID = b32(b"i" * 32)
TXT: dict[bytes, bytes | None] = {b"txtvers": b"1", b"id": ID.encode(), b"st": b"paired", b"n": "Küche".encode()}


def test_an_honest_answer_is_read_with_its_likeliest_address_first() -> None:
    found = read_service(TXT, 443, ["fe80::1%3", "fd00::2", "192.0.2.5"])
    assert found is not None
    assert (found.id, found.name, found.paired, found.address) == (ID, "Küche", True, Address("192.0.2.5", 443))
    assert found.others == (Address("fd00::2", 443), Address("fe80::1%3", 443))


def test_what_is_not_ours_is_ignored() -> None:
    for broken in (
        TXT | {b"txtvers": b"2"},
        TXT | {b"id": b"short"},
        TXT | {b"id": ID.upper().encode()},
        TXT | {b"id": b"\xff" * 52},
        TXT | {b"id": None},
    ):
        assert read_service(broken, 443, ["192.0.2.5"]) is None
    for port in (None, 0, -1, 65_536):
        assert read_service(TXT, port, ["192.0.2.5"]) is None
    for addresses in ([], ["no address"], ["224.0.0.1"], ["0.0.0.0"]):
        assert read_service(TXT, 443, addresses) is None


def test_a_name_is_stripped_of_all_that_a_terminal_would_obey_and_capped() -> None:
    found = read_service(TXT | {b"n": b"\x1b[2J\r\nevil\xff" + b"x" * 500}, 443, ["192.0.2.5"])
    assert found is not None
    assert found.name.isprintable()
    assert len(found.name) == NAME_LENGTH
    nameless = read_service(TXT | {b"n": b"\x00\n "}, 443, ["192.0.2.5"])
    assert nameless is not None
    assert nameless.name == f"ddb-{ID[:8]}"


@given(
    st.dictionaries(st.sampled_from([b"txtvers", b"id", b"st", b"n", b"x"]), st.none() | st.binary(max_size=300)),
    st.none() | st.integers(),
    st.lists(st.text(max_size=60) | st.ip_addresses().map(str), max_size=20),
)
def test_nothing_that_arrives_raises(txt: dict[bytes, bytes | None], port: int | None, addresses: list[str]) -> None:
    found = read_service({b"txtvers": b"1", b"id": ID.encode()} | txt, port, addresses)
    assert found is None or (found.name.isprintable() and len(found.name) <= NAME_LENGTH and len(found.others) < 8)


def test_a_real_announcement_is_found_and_its_neighbours_rubbish_is_not() -> None:
    rubbish = ServiceInfo(
        SERVICE_TYPE, f"rubbish.{SERVICE_TYPE}", port=1, properties={b"id": b"\xff"}, server="rubbish.local."
    )
    honest = ServiceInfo(
        SERVICE_TYPE,
        f"ddb-test.{SERVICE_TYPE}",
        addresses=[socket.inet_aton("127.0.0.1")],
        port=4443,
        properties=dict(TXT),
        server="ddb-test.local.",
    )
    network = Zeroconf(interfaces=["127.0.0.1"])
    try:
        for service in (rubbish, honest):
            network.register_service(service, cooperating_responders=True)
        found = {one.id: one for one in MdnsFinder().find(frozenset({ID}))}
    finally:
        network.close()
    assert found[ID].address == Address("127.0.0.1", 4443)
