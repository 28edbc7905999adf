"""Looks for custodians by mDNS. All that arrives is hostile: it is decoded, checked, capped, and only a hint.

The question is asked from a port of its own, so that answers come back at once and to this process alone: from the
shared port 5353, answers wait up to a second for others, and another process on this machine may take them.
"""

import ipaddress
import logging
import threading
import time
from collections.abc import Iterable

from zeroconf import IPVersion, RecordUpdate, RecordUpdateListener, ServiceInfo, Zeroconf
from zeroconf._dns import DNSQuestion
from zeroconf._protocol.outgoing import DNSOutgoing

from ddb_client.adapters.entropy import system_entropy
from ddb_client.ports import Address, Found
from ddb_contract.messages import NAME_LENGTH
from ddb_contract.routes import SERVICE_TYPE, TXT_VERSION
from ddb_contract.text import unb32

PAUSES = (0.1, 0.25, 0.45)
"""Seconds after each time the question is asked; their sum is the longest that `find` looks."""
_MOST = 256
_QUERY, _PTR, _IN = 0x0000, 12, 1

for _noisy in ("asyncio", "zeroconf"):
    logging.getLogger(_noisy).addHandler(logging.NullHandler())


class MdnsFinder:
    """Port `Finder`. Without a network it finds nothing."""

    def find(self, wanted: frozenset[str] = frozenset()) -> list[Found]:
        try:
            network = Zeroconf(unicast=True, ip_version=IPVersion.All)
        except OSError:
            return []
        try:
            return _ask_around(network, wanted)
        finally:
            network.close()


class _Bell(RecordUpdateListener):
    def __init__(self) -> None:
        self.rung = threading.Event()

    def async_update_records(self, zc: Zeroconf, now: float, records: list[RecordUpdate]) -> None:
        """Nothing to do before all of a packet is in the cache."""

    def async_update_records_complete(self) -> None:
        self.rung.set()


def _ask_around(network: Zeroconf, wanted: frozenset[str]) -> list[Found]:
    bell = _Bell()
    network.add_listener(bell, None)
    found: list[Found] = []
    for pause in PAUSES:
        network.send(_question())
        until = time.monotonic() + pause
        while bell.rung.wait(max(0.0, until - time.monotonic())):
            bell.rung.clear()
            found = _collect(network)
            if wanted and wanted <= {one.id for one in found}:
                return found
    return found


def _question() -> DNSOutgoing:
    question = DNSOutgoing(_QUERY, multicast=False, id_=int.from_bytes(system_entropy(2)) | 1)
    question.add_question(DNSQuestion(SERVICE_TYPE, _PTR, _IN))
    return question


def _collect(network: Zeroconf) -> list[Found]:
    found: dict[str, Found] = {}
    for record in network.cache.entries_with_name(SERVICE_TYPE)[:_MOST]:
        alias = getattr(record, "alias", "")
        if not alias.lower().endswith("." + SERVICE_TYPE):
            continue
        info = ServiceInfo(SERVICE_TYPE, alias)
        info.load_from_cache(network)
        one = read_service(info.properties, info.port, info.parsed_scoped_addresses())
        if one is not None:
            found.setdefault(one.id, one)
    return sorted(found.values(), key=lambda one: (one.name, one.id))


def read_service(txt: dict[bytes, bytes | None], port: int | None, addresses: Iterable[str]) -> Found | None:
    """What an answer says, or None when it is not one of ours: anybody on the network can write it."""
    name, custodian = _text(txt, b"n"), _text(txt, b"id")
    places = tuple(Address(host, port) for host in _best_first(addresses)) if port and 0 < port < 65_536 else ()
    if _text(txt, b"txtvers") != TXT_VERSION or not _is_id(custodian) or not places:
        return None
    name = "".join(filter(str.isprintable, name)).strip()[:NAME_LENGTH].strip() or f"ddb-{custodian[:8]}"
    return Found(custodian, name, _text(txt, b"st") == "paired", places[0], places[1:])


def _text(txt: dict[bytes, bytes | None], key: bytes) -> str:
    return (txt.get(key) or b"").decode("utf-8", "replace")


def _is_id(text: str) -> bool:
    try:
        return len(unb32(text)) == 32
    except ValueError:
        return False


def _best_first(addresses: Iterable[str]) -> list[str]:
    """Literal addresses that one can connect to: IPv4 first, link-local last, at most eight."""
    known = []
    for text in addresses:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            continue
        if not (address.is_multicast or address.is_unspecified):
            known.append((address.is_link_local, address.version, text))
    return [text for _, _, text in sorted(known)[:8]]
