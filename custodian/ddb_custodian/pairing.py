"""Pairing at the custodian: a window, one session at a time, and few guesses, each counted before it is answered."""

from collections.abc import Callable

from ddb_contract.messages import PairingAnswer, PairingOffer, PairingProof
from ddb_custodian.ports import Clock, CodeDisplay, Shelf


class Pairing:
    """Lets laptops in while a window is open. Thread-safe. A laptop that got in closes the window."""

    def __init__(
        self,
        shelf: Shelf,
        clock: Clock,
        spki: bytes,
        entropy: Callable[[int], bytes],
        display: CodeDisplay,
        quota: int,
        custody_now: Callable[[], float],
    ) -> None:
        raise NotImplementedError

    def open(self) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def is_open(self) -> bool:
        raise NotImplementedError

    def paired(self) -> bool:
        raise NotImplementedError

    def offer(self, offer: PairingOffer) -> PairingAnswer:
        raise NotImplementedError

    def prove(self, session: bytes, proof: PairingProof) -> PairingProof:
        raise NotImplementedError

    def tick(self) -> None:
        raise NotImplementedError
