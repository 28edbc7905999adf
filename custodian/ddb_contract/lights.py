"""The lights: one table of what a custodian shows, drawn by LEDs, terminal and web page alike.

Colour and rhythm both carry the meaning. Exactly one light is shown: the highest that holds.
"""

from dataclasses import dataclass
from enum import StrEnum


class Light(StrEnum):
    """What a custodian can show, the most urgent first."""

    FAULT = "fault"
    PAIRING = "pairing"
    BUTTON = "button"
    ATTENTION = "attention"
    COLLECTABLE = "collectable"
    HOLDING = "holding"
    READY = "ready"
    STARTING = "starting"


class Rhythm(StrEnum):
    """How one lamp behaves. Slow: 1 s on, 1 s off. Fast: 0.2 s on, 0.2 s off. Pulse: fades in and out over 2 s."""

    OFF = "off"
    ON = "on"
    SLOW = "slow"
    FAST = "fast"
    PULSE = "pulse"


@dataclass(frozen=True)
class Pattern:
    """The three lamps' rhythms, the single lamp's flashes as seconds on, off, on …, and the meaning in words."""

    red: Rhythm
    amber: Rhythm
    green: Rhythm
    single: tuple[float, ...]
    meaning: str


_OFF, _ON, _SLOW, _FAST, _PULSE = Rhythm

LIGHTS: dict[Light, Pattern] = {
    Light.FAULT: Pattern(_ON, _OFF, _OFF, (0.15, 0.15) * 4 + (0.15, 1.5), "a share is damaged, or storage fails"),
    Light.PAIRING: Pattern(_OFF, _FAST, _FAST, (0.2, 0.2), "a laptop may be paired now"),
    Light.BUTTON: Pattern(_OFF, _FAST, _ON, (0.4, 0.3) * 2 + (0.4, 1.5), "a claim waits for the button"),
    Light.ATTENTION: Pattern(_SLOW, _OFF, _ON, (0.15, 0.15) * 3 + (0.15, 1.5), "needs attention, still works"),
    Light.COLLECTABLE: Pattern(_OFF, _PULSE, _ON, (0.4, 0.3, 0.4, 1.5), "a share may be collected now"),
    Light.HOLDING: Pattern(_OFF, _ON, _ON, (4.8, 0.2), "holding locked shares"),
    Light.READY: Pattern(_OFF, _OFF, _ON, (1.0,), "ready, holding nothing"),
    Light.STARTING: Pattern(_OFF, _OFF, _SLOW, (1.0, 1.0), "starting or stopping"),
}


def highest(holding: set[Light]) -> Light:
    """The one light to show of all that hold; `READY` when none does."""
    return next((light for light in Light if light in holding), Light.READY)
