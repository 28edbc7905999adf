"""Custodians are opened where they answer now."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddb_client.addresses import format_address, parse_address
from ddb_client.core.ticket import Holder, Ticket
from ddb_client.errors import Unreachable, Usage
from ddb_client.ports import Address, Found, Paired
from ddb_client.reach import reach_holders, reach_paired
from fakes_client import FakeFinder, FakeGateway, MemoryBook


@dataclass
class Answering:
    id: str
    name: str = "desk"

    def info(self) -> None:
        return None


OLD, NEW = Address("192.0.2.1", 443), Address("192.0.2.9", 443)
DESK = Paired("a" * 52, "desk", OLD, b"t" * 32, False, False)


def test_one_that_answers_where_it_was_is_not_looked_for() -> None:
    finder = FakeFinder()
    (api,) = reach_paired([DESK], FakeGateway({OLD: Answering(DESK.id)}), finder, MemoryBook(DESK))
    api.info()
    assert finder.asked == []


def test_one_that_moved_is_found_and_its_new_address_kept() -> None:
    book, finder = MemoryBook(DESK), FakeFinder(Found(DESK.id, "desk", True, NEW))
    gateway = FakeGateway({NEW: Answering(DESK.id)})
    (api,) = reach_paired([DESK], gateway, finder, book)
    api.info()
    assert finder.asked == [frozenset({DESK.id})]
    assert (DESK.id, (NEW, OLD), DESK.token) in gateway.opened
    assert book.all()[0].address == NEW


def test_an_address_that_is_only_claimed_is_not_kept() -> None:
    book, finder = MemoryBook(DESK), FakeFinder(Found(DESK.id, "desk", True, NEW))
    (api,) = reach_paired([DESK], FakeGateway({NEW: Answering("b" * 52)}), finder, book)
    with pytest.raises(Unreachable):
        api.info()
    assert book.all() == [DESK]


def test_an_address_that_somebody_else_announced_replaces_none_that_answers() -> None:
    liar = Address("192.0.2.66", 443)
    book, finder = MemoryBook(DESK), FakeFinder(Found(DESK.id, "desk", True, liar, (NEW,)))
    (api,) = reach_paired([DESK], FakeGateway({NEW: Answering(DESK.id), liar: Answering("b" * 52)}), finder, book)
    api.info()
    assert book.all() == [DESK]


def test_a_holder_is_reached_at_its_hint_and_only_a_paired_one_with_a_token() -> None:
    other = "b" * 52
    holders = [
        Holder.model_construct(custodian=DESK.id, name="desk", addresses=["192.0.2.7:443", "no address"]),
        Holder.model_construct(custodian=None, name="pad", addresses=["/home/pad"]),
        Holder.model_construct(custodian=other, name="shed", addresses=["192.0.2.9:443"]),
    ]
    gateway = FakeGateway({OLD: Answering(DESK.id), NEW: Answering(other)})
    apis = reach_holders(Ticket.model_construct(holders=holders), gateway, FakeFinder(), MemoryBook(DESK))
    assert [api.id for api in apis] == [DESK.id, other]
    assert gateway.opened == [
        (DESK.id, (OLD, Address("192.0.2.7", 443)), DESK.token),
        (other, (NEW,), None),
    ]


def test_nobody_wanted_nobody_asked() -> None:
    assert reach_paired([], FakeGateway({}), FakeFinder(), MemoryBook()) == []


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("10.0.0.7", "10.0.0.7", 443),
        ("pi.local:8443", "pi.local", 8443),
        ("[fe80::1%eth0]:9", "fe80::1%eth0", 9),
        ("::1", "::1", 443),
        ("[::1]", "::1", 443),
    ],
)
def test_an_address_is_read(text: str, host: str, port: int) -> None:
    assert parse_address(text) == Address(host, port)
    assert parse_address(format_address(Address(host, port))) == Address(host, port)


@pytest.mark.parametrize(
    "text", ["", ":443", "a b", "host:", "host:0", "host:65536", "host:x", "http://x", "-x", "a..b", "[]"]
)
def test_what_is_no_address_is_a_sentence(text: str) -> None:
    with pytest.raises(Usage, match="is no address"):
        parse_address(text)


@given(st.text(max_size=80))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        address = parse_address(text)
    except Usage:
        return
    assert parse_address(format_address(address)) == address
