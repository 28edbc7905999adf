"""mDNS over the loopback interface, asked as the laptop asks: from a port of its own."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from zeroconf import ServiceBrowser, ServiceInfo, ServiceListener, Zeroconf

from ddb_contract.routes import SERVICE_TYPE
from ddb_custodian.adapters import herald as adapter
from ddb_custodian.adapters.herald import MdnsHerald, addresses_for

PATIENCE = 20.0


class Heard(ServiceListener):
    """What was said so far, by instance name."""

    def __init__(self) -> None:
        self.now: dict[str, ServiceInfo] = {}
        self._news = threading.Condition()

    def update_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        info = zc.get_service_info(type_, name, timeout=1000)
        with self._news:
            if info is not None:
                self.now[name] = info
            self._news.notify_all()

    add_service = update_service

    def remove_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        with self._news:
            self.now.pop(name, None)
            self._news.notify_all()

    def wait_for(self, holds: Callable[[], bool]) -> None:
        with self._news:
            assert self._news.wait_for(holds, PATIENCE)


@contextmanager
def listening(unicast: bool = True) -> Iterator[Heard]:
    zeroconf, heard = Zeroconf(interfaces=["127.0.0.1"], unicast=unicast), Heard()
    browser = ServiceBrowser(zeroconf, SERVICE_TYPE, heard)
    try:
        yield heard
    finally:
        browser.cancel()
        zeroconf.close()


def herald(letter: str) -> MdnsHerald:
    return MdnsHerald(letter * 52, f"küche {letter}", "127.0.0.1", 4000 + ord(letter))


def name_of(letter: str) -> str:
    return f"ddb-{letter * 8}.{SERVICE_TYPE}"


@pytest.fixture
def three() -> Iterator[dict[str, MdnsHerald]]:
    heralds = {letter: herald(letter) for letter in "xyz"}
    for each in heralds.values():
        each.announce(paired=False)
    yield heralds
    for each in heralds.values():
        each.close()


def test_several_on_one_machine_are_found_with_all_they_say(three):
    with listening() as heard:
        heard.wait_for(lambda: {name_of(letter) for letter in "xyz"} <= heard.now.keys())
        info = heard.now[name_of("y")]
        assert info.properties == {b"txtvers": b"1", b"id": b"y" * 52, b"st": b"unpaired", b"n": "küche y".encode()}
        assert (info.server, info.port) == ("ddb-yyyyyyyy.local.", 4121)
        assert info.parsed_addresses() == ["127.0.0.1"]


def test_pairing_is_told_and_so_is_the_end(three):
    with listening(unicast=False) as heard:
        heard.wait_for(lambda: name_of("x") in heard.now)
        three["x"].announce(paired=True)
        heard.wait_for(lambda: heard.now[name_of("x")].properties[b"st"] == b"paired")
        three["x"].close()
        heard.wait_for(lambda: name_of("x") not in heard.now)


def test_without_an_address_it_waits_and_follows_when_one_comes(monkeypatch):
    here: list[str] = []
    monkeypatch.setattr(adapter, "addresses_for", lambda listen: list(here))
    waiting = herald("w")
    waiting.announce(paired=False)
    with listening() as heard:
        assert name_of("w") not in heard.now
    here.append("127.0.0.1")
    waiting.announce(paired=False)
    with listening() as heard:
        heard.wait_for(lambda: name_of("w") in heard.now)
    waiting.close()


def test_a_server_on_one_address_is_announced_there_only():
    assert addresses_for("127.0.0.1") == ["127.0.0.1"]
    assert addresses_for("192.0.2.1") == []
    assert "127.0.0.1" not in addresses_for("0.0.0.0")
