"""Claims: what momentary forms count for. In memory only, so a restart ends them all."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from threading import Lock

LIFE = 900.0
"""Custody seconds that a claim lasts: after it was made, or, once the button was pressed for it, after its last use."""
AT_ONCE = 4
"""Claims on one drop; one more ends the oldest."""
SIZE = 16


@dataclass(frozen=True)
class Claim:
    """One of a drop's claims. `near`: whether its last request came over this machine's own link."""

    name: bytes
    drop: bytes
    since: float
    near: bool
    pressed: bool = False


class Claims:
    """Thread-safe. Names are drawn from `entropy` and never repeated."""

    def __init__(self, entropy: Callable[[int], bytes]) -> None:
        self._entropy, self._lock = entropy, Lock()
        self._claims: dict[bytes, Claim] = {}

    def make(self, drop: bytes, near: bool, now: float) -> Claim:
        """A new one, for which nobody has pressed yet."""
        claim = Claim(self._entropy(SIZE), drop, now, near)
        with self._lock:
            self._forget(now)
            mine = [name for name, other in self._claims.items() if other.drop == drop]
            for name in mine[: 1 - AT_ONCE]:
                del self._claims[name]
            self._claims[claim.name] = claim
        return claim

    def use(self, name: bytes | None, drop: bytes, near: bool, now: float) -> bool:
        """Whether the button was pressed for the claim of that name on that drop; it asks from so near now."""
        with self._lock:
            self._forget(now)
            claim = self._claims.get(name) if name is not None else None
            if claim is None or claim.drop != drop:
                return False
            self._claims[claim.name] = replace(claim, near=near, since=now if claim.pressed else claim.since)
            return claim.pressed

    def unpressed(self, now: float) -> list[Claim]:
        """Those for which the button was not pressed yet."""
        with self._lock:
            self._forget(now)
            return [claim for claim in self._claims.values() if not claim.pressed]

    def press(self, waiting: Collection[Claim], now: float) -> None:
        """The button was pressed for these."""
        with self._lock:
            for claim in waiting:
                if claim.name in self._claims:
                    self._claims[claim.name] = replace(self._claims[claim.name], pressed=True, since=now)

    def _forget(self, now: float) -> None:
        self._claims = {name: claim for name, claim in self._claims.items() if now - claim.since < LIFE}
