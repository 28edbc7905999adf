"""Addresses as text: `host`, `host:port`, `[v6]:port`."""

import re

from ddb_client.errors import Usage
from ddb_client.ports import Address

DEFAULT_PORT = 443
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?")
_SIX = re.compile(r"[0-9A-Fa-f:.]{2,45}(?:%[A-Za-z0-9_.-]{1,16})?")
_TEXT = re.compile(r"(?:\[(?P<six>[^\]]+)\]|(?P<host>[^:]+))(?::(?P<port>[0-9]{1,5}))?")


def parse_address(text: str) -> Address:
    """The address; port 443 when none is given. Raises Usage for anything else."""
    if text.count(":") > 1 and _SIX.fullmatch(text):
        return Address(text, DEFAULT_PORT)
    match = _TEXT.fullmatch(text)
    if match:
        six, host, port = match["six"], match["host"], int(match["port"] or DEFAULT_PORT)
        fits = _SIX.fullmatch(six) if six else _HOST.fullmatch(host) and ".." not in host
        if fits and 0 < port < 65_536:
            return Address(six or host, port)
    raise Usage(f"{text[:80]!r} is no address", "write it like 192.168.1.20, pi.local:8443 or [fe80::1%eth0]:443")


def format_address(address: Address) -> str:
    """Inverse of `parse_address`."""
    host = f"[{address.host}]" if ":" in address.host else address.host
    return f"{host}:{address.port}"
