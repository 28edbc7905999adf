"""mDNS: the custodian tells the local network that it is here, under `_deaddropbox._tcp.local.`.

What was seen (python-zeroconf 0.154, three custodians on one machine): a responder holds a multicast answer back for
a second if it sent the same record within the last one, and a unicast answer to port 5353 reaches only one of the
processes that share the port. So a finder that asks from port 5353 sees some replies only after 1.1 s. One that asks
from a port of its own (`Zeroconf(unicast=True)`) is answered directly by each within 0.04 to 0.13 s, always.
"""

import ipaddress
import logging
import threading

import ifaddr
from zeroconf import ServiceInfo, Zeroconf

from ddb_contract.routes import SERVICE_TYPE, TXT_VERSION

_log = logging.getLogger("ddb.mdns")


def addresses_for(listen: str) -> list[str]:
    """The IPv4 addresses a server that listens on `listen` is reached at: itself, or every one but loopback's."""
    here = {str(ip.ip) for adapter in ifaddr.get_adapters() for ip in adapter.ips if ip.is_IPv4}
    if listen != "0.0.0.0":  # noqa: S104  the wildcard is compared with, not bound
        return [listen] if listen in here else []
    return sorted(ip for ip in here if not ipaddress.ip_address(ip).is_loopback)


class MdnsHerald:
    """A `Herald` over python-zeroconf, which binds the interfaces it finds when made: made anew when they change.

    The instance and host label are `ddb-<first 8 of the id>`, so nothing is renamed and no name is probed for.
    Without an address it waits: each `announce` looks again.
    """

    def __init__(self, custodian: str, name: str, listen: str, port: int) -> None:
        self._id, self._name, self._listen, self._port = custodian, name, listen, port
        self._mutex = threading.Lock()
        self._zeroconf: Zeroconf | None = None
        self._said: tuple[list[str], bool] | None = None

    def announce(self, paired: bool) -> None:
        """As the port says; without an address, or when the network fails, the next call tries again."""
        with self._mutex:
            wish = addresses_for(self._listen), paired
            if wish == self._said:
                return
            try:
                self._say(*wish)
                self._said = wish
            except OSError as error:
                self._hush()
                _log.warning("can't announce this custodian: %s", error.strerror)

    def _say(self, addresses: list[str], paired: bool) -> None:
        if self._zeroconf is not None and self._said is not None and self._said[0] == addresses:
            self._zeroconf.update_service(self._info(addresses, paired))
            return
        self._hush()
        if addresses:
            self._zeroconf = Zeroconf(interfaces=addresses)
            self._zeroconf.register_service(self._info(addresses, paired), cooperating_responders=True)

    def _info(self, addresses: list[str], paired: bool) -> ServiceInfo:
        label = f"ddb-{self._id[:8]}"
        state = "paired" if paired else "unpaired"
        return ServiceInfo(
            SERVICE_TYPE,
            f"{label}.{SERVICE_TYPE}",
            port=self._port,
            properties={"txtvers": TXT_VERSION, "id": self._id, "st": state, "n": self._name},
            server=f"{label}.local.",
            parsed_addresses=addresses,
        )

    def _hush(self) -> None:
        self._said = None
        if self._zeroconf is not None:
            self._zeroconf.close()
            self._zeroconf = None

    def close(self) -> None:
        """Says goodbye, if anything was said."""
        with self._mutex:
            self._hush()
