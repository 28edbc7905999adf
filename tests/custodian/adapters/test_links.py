"""Who is near: a fake /sys and fake addresses stand in for links that a test machine doesn't have."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ddb_custodian.adapters import links as adapter
from ddb_custodian.adapters.links import LoopbackLinks, PhysicalLinks


@dataclass
class Ip:
    ip: Any
    network_prefix: int

    @property
    def is_IPv4(self) -> bool:  # noqa: N802 - as ifaddr has it
        return isinstance(self.ip, str)


@dataclass
class Adapter:
    name: str
    ips: list[Ip]


def link(sys: Path, name: str, *, device: bool, kind: int = 1, uevent: str = "") -> None:
    (sys / name).mkdir()
    (sys / name / "type").write_text(f"{kind}\n")
    (sys / name / "uevent").write_text(f"{uevent}\nINTERFACE={name}\n")
    if device:
        (sys / name / "device").mkdir()


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Adapter]:
    """A wired and a wireless link, a modem, a tunnel, a bridge and a WireGuard link."""
    link(tmp_path, "eth0", device=True)
    link(tmp_path, "wlan0", device=True, uevent="DEVTYPE=wlan")
    link(tmp_path, "wwan0", device=True, uevent="DEVTYPE=wwan")
    link(tmp_path, "ppp0", device=True, kind=512)
    link(tmp_path, "tap0", device=False)
    link(tmp_path, "br0", device=False, uevent="DEVTYPE=bridge")
    link(tmp_path, "wg0", device=False, kind=65534, uevent="DEVTYPE=wireguard")
    adapters = [
        Adapter("lo", [Ip("127.0.0.1", 8), Ip(("::1", 0, 0), 128)]),
        Adapter(
            "eth0",
            [
                Ip("192.168.1.2", 24),
                Ip("84.1.2.2", 24),
                Ip(("fd12::2", 0, 0), 64),
                Ip(("2001:db8:1::2", 0, 0), 64),
                Ip(("fe80::2", 0, 2), 64),
            ],
        ),
        Adapter("eth0:1", [Ip("169.254.7.2", 16)]),
        Adapter("wlan0", [Ip("10.1.2.3", 16)]),
        Adapter("wwan0", [Ip("10.99.0.2", 30)]),
        Adapter("ppp0", [Ip("10.98.0.2", 24)]),
        Adapter("tap0", [Ip("10.8.0.2", 24), Ip(("fe80::2", 0, 5), 64), Ip(("fd77::2", 0, 0), 64)]),
        Adapter("br0", [Ip("172.17.0.1", 16)]),
        Adapter("wg0", [Ip("10.7.0.2", 24)]),
    ]
    monkeypatch.setattr(adapter, "SYS", tmp_path)
    monkeypatch.setattr(adapter.ifaddr, "get_adapters", lambda: adapters)
    return adapters


@pytest.mark.parametrize(
    "address",
    [
        "192.168.1.7",
        "::ffff:192.168.1.7",
        "169.254.9.9",
        "10.1.200.1",
        "fd12::7",
        "2001:db8:1::7",
        "fe80::7%eth0",
    ],
)
def test_a_neighbour_on_a_physical_link_is_near(address: str) -> None:
    assert PhysicalLinks().near(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nonsense",
        "192.168.1",
        "192.168.2.7",
        "84.1.2.7",
        "8.8.8.8",
        "::ffff:8.8.8.8",
        "127.0.0.1",
        "::1",
        "10.99.0.1",
        "10.98.0.1",
        "10.8.0.7",
        "10.7.0.7",
        "172.17.0.2",
        "fd77::7",
        "fd13::7",
        "2001:db8:2::7",
        "fe80::7",
        "fe80::7%tap0",
        "fe80::7%eth1",
        "fe80::7%../eth0",
        "fe81::7%eth0",
    ],
)
def test_whoever_is_elsewhere_or_behind_a_tunnel_is_not(address: str) -> None:
    assert not PhysicalLinks().near(address)


@pytest.mark.parametrize("address", ["192.168.1.2", "::ffff:192.168.1.2", "10.8.0.2", "fd12::2", "fe80::2%eth0"])
def test_the_machine_itself_is_not_its_own_neighbour(address: str) -> None:
    assert not PhysicalLinks().near(address)


def test_a_link_is_looked_at_anew_each_time(machine: list[Adapter], tmp_path: Path) -> None:
    links = PhysicalLinks()
    assert links.near("10.1.9.9")
    (tmp_path / "wlan0" / "device").rmdir()
    assert not links.near("10.1.9.9")
    machine.clear()
    assert not links.near("192.168.1.7")


def test_addresses_that_cannot_be_read_mean_no(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise OSError

    monkeypatch.setattr(adapter.ifaddr, "get_adapters", fails)
    assert not PhysicalLinks().near("192.168.1.7")


def test_this_real_machine_is_not_near_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert not PhysicalLinks().near("127.0.0.1")
    assert all(not PhysicalLinks().near(str(own.ip)) for _, own in adapter._addresses())


@pytest.mark.parametrize(
    ("address", "near"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("::ffff:127.0.0.1", True)]
    + [(address, False) for address in ("192.168.1.7", "10.0.0.1", "fe80::1", "", "localhost")],
)
def test_in_practice_loopback_is_near_and_nothing_else(address: str, near: bool) -> None:
    assert LoopbackLinks().near(address) is near
