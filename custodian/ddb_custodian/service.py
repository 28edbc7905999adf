"""The composition root: one process, everything wired, run until it is told to stop."""

import errno
import json
import logging
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from importlib.metadata import version
from pathlib import Path

from ddb_contract.lights import Light, highest
from ddb_contract.messages import CustodianInfo
from ddb_contract.problems import Failing
from ddb_custodian.adapters.blobs import FileBlobs
from ddb_custodian.adapters.button import GpioButton, SignalButton
from ddb_custodian.adapters.clock import RawClock
from ddb_custodian.adapters.display import ConsoleDisplay, FileDisplay
from ddb_custodian.adapters.entropy import system_entropy
from ddb_custodian.adapters.herald import MdnsHerald
from ddb_custodian.adapters.key import KeyFiles
from ddb_custodian.adapters.lamp import GpioLamp
from ddb_custodian.adapters.links import LoopbackLinks, PhysicalLinks
from ddb_custodian.adapters.lock import FolderLock, Taken
from ddb_custodian.adapters.pins import onboard, simulated
from ddb_custodian.adapters.shelf import SqliteShelf
from ddb_custodian.adapters.spake import ChildExchange
from ddb_custodian.adapters.stop import Stop
from ddb_custodian.config import Settings
from ddb_custodian.core.clock import booted
from ddb_custodian.http.app import make_app, place
from ddb_custodian.http.handlers import Custodian
from ddb_custodian.http.listener import Listener
from ddb_custodian.http.server import Server
from ddb_custodian.keeper import Keeper, Terms
from ddb_custodian.pairing import Pairing
from ddb_custodian.ports import Button, CodeDisplay, Herald, Lamp

TICK = 1.0
"""Seconds between two rounds of everything that happens by itself."""

_log = logging.getLogger("ddb")


class CannotServe(Exception):
    """The custodian can't start here; the message is one sentence for people."""


def serve(settings: Settings) -> None:
    """Runs a custodian until SIGTERM or SIGINT, then stops it cleanly. In the main thread. Raises CannotServe."""
    stop = Stop()
    with _said_plainly(settings), ExitStack() as stack:
        _run(settings, stop, stack)


def _run(settings: Settings, stop: Stop, stack: ExitStack) -> None:
    state = settings.state
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    stack.enter_context(FolderLock(state / "lock"))
    pins = simulated() if settings.practice else onboard()
    lamp = stack.enter_context(closing(GpioLamp(pins, (settings.pins.red, settings.pins.amber, settings.pins.green))))
    lamp.show(Light.STARTING)
    key = _key(state)
    shelf, clock = SqliteShelf(state / "shelf.db"), RawClock()
    at_start = settings.practice or booted(shelf.custody(), clock.read())
    terms = Terms(settings.practice, settings.administered)
    links = LoopbackLinks() if settings.practice else PhysicalLinks()
    blobs = FileBlobs(state / "shares")
    keeper = stack.enter_context(closing(Keeper(shelf, blobs, clock, key, terms, links, system_entropy)))
    exchange = ChildExchange(key.spki)
    pairing = Pairing(shelf, clock, exchange, system_entropy, _display(settings), settings.quota, keeper.custody_now)
    stack.callback(pairing.close)
    button = SignalButton() if settings.practice else GpioButton(pins, settings.pins.button)
    rounds = Rounds(keeper, pairing, lamp)
    listener = _listener(settings)
    custodian = Custodian(keeper, pairing, lambda: _about(settings, key.id, pairing, rounds.light))
    server = Server(make_app(custodian), listener, key.certificate, key.key)
    herald = MdnsHerald(key.id, settings.name, settings.listen, listener.port)
    keeper.tick()  # saves which boot this is, before anybody could make it crash
    if at_start:
        pairing.open()
    _wire(button, pairing, keeper, stack)
    server.start()
    stack.callback(server.stop)
    stack.enter_context(closing(herald))
    rounds.once(herald)
    stack.enter_context(_ready(settings, key.id, listener.port))
    _log.info("%s (%s) listens on %s port %d", settings.name, key.id[:8], settings.listen, listener.port)
    stack.callback(lamp.show, Light.STARTING)
    while server.running() and not stop.wait(TICK):
        rounds.once(herald)
    if not stop.asked:
        raise CannotServe("the server ended by itself; see the log")
    _log.info("stopping")


def _key(state: Path) -> KeyFiles:
    """Made at the first start, by a process of its own: the library for certificates would stay in memory."""
    if not (state / "cert.pem").exists():
        subprocess.run([sys.executable, "-m", "ddb_custodian", "init", "--state", state], check=False)  # noqa: S603
    return KeyFiles(state)


class Rounds:
    """What happens by itself, once a `TICK`; `light` is the one last shown."""

    def __init__(self, keeper: Keeper, pairing: Pairing, lamp: Lamp) -> None:
        self._keeper, self._pairing, self._lamp = keeper, pairing, lamp
        self.light = Light.STARTING

    def once(self, herald: Herald) -> None:
        """Never raises: what fails is a red light and a line in the log, and the lock holds on."""
        try:
            self._keeper.tick()
            self._pairing.tick()
            self.light = highest(self._keeper.lights() | ({Light.PAIRING} if self._pairing.is_open() else set()))
            herald.announce(self._pairing.paired())
        except Exception as error:
            _log.error("a round failed: %s at %s", type(error).__name__, place(error))
            self.light = Light.FAULT
        self._lamp.show(self.light)


def _wire(button: Button, pairing: Pairing, keeper: Keeper, stack: ExitStack) -> None:
    """Held, the button opens a pairing window; a short press goes to the claims."""
    button.on_pressed(keeper.press)
    button.on_held(pairing.open)
    stack.enter_context(closing(button))


def _display(settings: Settings) -> CodeDisplay:
    return FileDisplay(settings.state / "pairing-code") if settings.practice else ConsoleDisplay()


def _about(settings: Settings, custodian: str, pairing: Pairing, light: Light) -> CustodianInfo:
    return CustodianInfo(
        id=custodian,
        name=settings.name,
        software=f"deaddropbox {version('deaddropbox')}",
        paired=pairing.paired(),
        pairing_open=pairing.is_open(),
        practice=settings.practice,
        administered=settings.administered,
        light=light,
    )


def _listener(settings: Settings) -> Listener:
    """On the port that is set; or else on the one used last time, or any. Raises CannotServe."""
    kept = settings.state / "port"
    if settings.port:
        return _bound(settings.listen, settings.port)
    try:
        listener = _bound(settings.listen, int(kept.read_text()))
    except (CannotServe, FileNotFoundError, ValueError):
        listener = _bound(settings.listen, 0)
    kept.write_text(f"{listener.port}\n")
    return listener


def _bound(address: str, port: int) -> Listener:
    try:
        return Listener(address, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotServe(f"port {port} on {address} is taken by another program; choose another port") from None
        raise CannotServe(f"can't listen on {address} port {port}: {_reason(error)}") from None


@contextmanager
def _ready(settings: Settings, custodian: str, port: int) -> Iterator[None]:
    """In practice, `ready.json` is there while this is entered."""
    path = settings.state / "ready.json"
    if settings.practice:
        ready = {"pid": os.getpid(), "id": custodian, "name": settings.name, "host": settings.listen, "port": port}
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(ready))
        fresh.replace(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def _said_plainly(settings: Settings) -> Iterator[None]:
    """What stops a start, as CannotServe."""
    try:
        yield
    except Taken:
        raise CannotServe(f"another custodian already runs on {settings.state}; stop it first") from None
    except sqlite3.DatabaseError as error:
        raise CannotServe(f"the shelf in {settings.state} can't be read: {error}; restore it") from None
    except Failing as error:
        raise CannotServe(f"the storage in {settings.state} fails: {error.detail}") from None
    except OSError as error:
        where = Path(error.filename) if isinstance(error.filename, str) else settings.state
        raise CannotServe(f"can't use {where}: {_reason(error)}") from None


def _reason(error: OSError) -> str:
    return (error.strerror or "unknown reason").lower()
