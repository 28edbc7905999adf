"""Pairing at the custodian: a window, one session at a time, and few guesses, each counted before it is answered."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import RLock

from ddb_contract.messages import PairingAnswer, PairingOffer, PairingProof
from ddb_contract.pairing import (
    GUESSES_IN_ALL,
    GUESSES_PER_CODE,
    WINDOW,
    Exchange,
    PairingFailed,
    PairingKeys,
    make_code,
)
from ddb_contract.problems import PairingRefused
from ddb_contract.rights import Verb, secret_hash
from ddb_contract.text import b64, unb64
from ddb_custodian.core.clock import ClockReading
from ddb_custodian.journal import record
from ddb_custodian.ports import Clock, CodeDisplay, PairedLaptop, PairingState, Shelf

_CLOSED = "no laptop may be paired now; hold the custodian's button for three seconds, or turn it off and on"
_EXHAUSTED = f"{GUESSES_IN_ALL} wrong codes in all; {_CLOSED}"
_OVER = "this attempt at pairing is over, or another one has begun; start again"


@dataclass(frozen=True)
class _Session:
    id: bytes
    laptop: str
    keys: PairingKeys


class Pairing:
    """Lets laptops in while a window is open. Thread-safe. A laptop that got in closes the window."""

    def __init__(
        self,
        shelf: Shelf,
        clock: Clock,
        exchange: Exchange,
        entropy: Callable[[int], bytes],
        display: CodeDisplay,
        quota: int,
        custody_now: Callable[[], float],
    ) -> None:
        self._shelf, self._clock, self._exchange, self._entropy = shelf, clock, exchange, entropy
        self._display, self._quota, self._custody_now = display, quota, custody_now
        self._lock = RLock()
        self._opened: ClockReading | None = None
        self._session: _Session | None = None

    def open(self) -> None:
        """The button was held, or the power came back: a window from now on, and all guesses are there again."""
        with self._lock:
            with self._shelf.transaction():
                kept = self._shelf.pairing()
                self._shelf.put_pairing(replace(kept, guesses_all=0))
            self._session, self._opened = None, self._clock.read()
            self._display.show(self._fresh_code())

    def close(self) -> None:
        with self._lock:
            self._opened, self._session = None, None
            self._display.show(None)

    def is_open(self) -> bool:
        with self._lock:
            return self._opened is not None and self._within(self._opened, self._clock.read())

    def paired(self) -> bool:
        """Whether any laptop is."""
        return bool(self._shelf.laptops())

    def tick(self) -> None:
        """Closes the window once its time is over. To be called every second."""
        with self._lock:
            if self._opened is not None and not self.is_open():
                self.close()

    def offer(self, offer: PairingOffer) -> PairingAnswer:
        """One guess, counted for good before the answer exists. An earlier session that has no proof yet is over.

        Raises PairingRefused when no window is open, or for what is no pairing message.
        """
        with self._lock:
            if not self.is_open():
                raise PairingRefused(_CLOSED)
            self._session = None
            code = self._counted()
            try:
                message, keys = self._exchange(code, unb64(offer.message))
            except (PairingFailed, ValueError):
                raise self._wrong("that is no pairing message") from None
            self._session = _Session(self._entropy(16), offer.laptop, keys)
            return PairingAnswer(session=b64(self._session.id), message=b64(message))

    def prove(self, session: bytes, proof: PairingProof) -> PairingProof:
        """The laptop knew the code: it is added, and gets the custodian's own proof.

        Raises PairingRefused for a wrong code (with the guesses that remain) and for a session that is over.
        """
        with self._lock:
            mine = self._session
            if not self.is_open() or mine is None or not hmac.compare_digest(mine.id, session):
                raise PairingRefused(_OVER)
            self._session = None
            if not hmac.compare_digest(mine.keys.client_proof, unb64(proof.proof)):
                raise self._wrong("the pairing code was wrong")
            self._add(mine)
            self.close()
            return PairingProof(proof=b64(mine.keys.server_proof))

    def _within(self, opened: ClockReading, now: ClockReading) -> bool:
        return now.boot == opened.boot and 0 <= now.raw - opened.raw < WINDOW

    def _fresh_code(self) -> str:
        """The code that may be guessed now: a new one if there is none, or it was guessed at too often."""
        with self._shelf.transaction():
            kept = self._shelf.pairing()
            if kept.code is not None and kept.guesses_code < GUESSES_PER_CODE:
                return kept.code
            code = make_code(self._entropy)
            self._shelf.put_pairing(PairingState(code, 0, kept.guesses_all))
        return code

    def _counted(self) -> str:
        if self._shelf.pairing().guesses_all >= GUESSES_IN_ALL:
            self.close()
            raise PairingRefused(_EXHAUSTED)
        code = self._fresh_code()
        self._display.show(code)
        with self._shelf.transaction():
            kept = self._shelf.pairing()
            self._shelf.put_pairing(PairingState(code, kept.guesses_code + 1, kept.guesses_all + 1))
        return code

    def _wrong(self, why: str) -> PairingRefused:
        left = GUESSES_IN_ALL - self._shelf.pairing().guesses_all
        if left <= 0:
            self.close()
            return PairingRefused(f"{why}; {_EXHAUSTED}")
        before = self._shelf.pairing().code
        self._display.show(code := self._fresh_code())
        renewed = ", and the custodian shows a new code" if code != before else ""
        return PairingRefused(f"{why}; {left} guesses remain{renewed}")

    def _add(self, session: _Session) -> None:
        laptop = PairedLaptop(
            id=self._entropy(16),
            name=session.laptop,
            token_hash=secret_hash(Verb.LAPTOP, session.keys.token),
            paired_at=self._custody_now(),
            quota=self._quota,
        )
        with self._shelf.transaction():
            self._shelf.put_laptop(laptop)
            self._shelf.put_pairing(PairingState(None, 0, 0))
            record(self._shelf, laptop.paired_at, "paired", f"{b64(laptop.id)} {laptop.name}")
