"""The machine's own physical links, looked at anew for each question, since cables and leases come and go."""

from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv6Address,
    IPv6Interface,
    ip_address,
    ip_interface,
)
from pathlib import Path

import ifaddr

SYS = Path("/sys/class/net")
_ETHERNET = "1"
"""ARPHRD_ETHER: wired and wireless LAN alike; modems and tunnels have other types."""

Address = IPv4Address | IPv6Address
Interface = IPv4Interface | IPv6Interface


class PhysicalLinks:
    """`Links` on Linux: interfaces that have a device behind them and are no modem. Elsewhere nobody is near.

    Near is a private or link-local IPv4 address, or any IPv6 one, on the prefix of such a link. An IPv6 link-local one
    must carry the link's name (`fe80::1%eth0`), because its prefix is the same on all. This machine's own addresses are
    not near. What a router translates comes from the router's own address and can't be told from it.
    """

    def near(self, address: str) -> bool:
        text, _, link = address.partition("%")
        try:
            peer, own = _plain(ip_address(text)), _addresses()
        except (ValueError, OSError):
            return False
        if any(peer == mine.ip for _, mine in own) or not (peer.version == 6 or peer.is_private or peer.is_link_local):
            return False
        scoped = peer.version == 6 and peer.is_link_local
        return any(peer in mine.network and _physical(name) for name, mine in own if not scoped or name == link)


def _addresses() -> list[tuple[str, Interface]]:
    """This machine's own addresses with their prefixes, each with its interface's name."""
    every = [(adapter, ip) for adapter in ifaddr.get_adapters() for ip in adapter.ips]
    return [
        (adapter.name.partition(":")[0], ip_interface(f"{ip.ip if ip.is_IPv4 else ip.ip[0]}/{ip.network_prefix}"))
        for adapter, ip in every
    ]


def _physical(name: str) -> bool:
    link = SYS / name
    try:
        modem = "DEVTYPE=wwan" in (link / "uevent").read_text().split()
        return (link / "device").exists() and (link / "type").read_text().strip() == _ETHERNET and not modem
    except OSError:
        return False


class LoopbackLinks:
    """`Links` in practice: laptop and custodian are one machine, so loopback is near and nothing else."""

    def near(self, address: str) -> bool:
        try:
            return _plain(ip_address(address)).is_loopback
        except ValueError:
            return False


def _plain(address: Address) -> Address:
    """An IPv4 address in IPv6 clothes without them."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address if mapped is None else mapped
