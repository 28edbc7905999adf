"""The custody clock: a custodian's own count of powered-on time, a lower bound that nobody can push forward.

It never looks at the wall clock. Doubt (another boot, a clock that went back, a leap longer than it ever goes
unsaved) credits nothing: late, never early.
"""

from dataclasses import dataclass

LONGEST_GAP = 600.0
"""Seconds of raw clock between two readings past which the clock itself is in doubt."""
SAVE_EVERY = 60.0
"""Seconds of custody time after which it is saved again; a crash or reboot costs at most this and a tick."""


@dataclass(frozen=True)
class ClockReading:
    """One look at the machine's raw clock: the id of this boot, and seconds of CLOCK_MONOTONIC_RAW."""

    boot: str
    raw: float


@dataclass(frozen=True)
class CustodyTime:
    """Custody seconds since the custodian's first start, and the reading they were counted up to."""

    seconds: float
    read_at: ClockReading


def start(reading: ClockReading) -> CustodyTime:
    """The custody time of a custodian that never ran before."""
    return CustodyTime(0.0, reading)


def booted(saved: CustodyTime | None, reading: ClockReading) -> bool:
    """Whether the machine has started since custody time was saved, or the custodian never ran before."""
    return saved is None or saved.read_at.boot != reading.boot


def accrue(custody: CustodyTime, reading: ClockReading) -> CustodyTime:
    """Custody time up to `reading`: the raw time since the last one, or nothing if that is in doubt."""
    gap = reading.raw - custody.read_at.raw
    trusted = reading.boot == custody.read_at.boot and 0 <= gap <= LONGEST_GAP
    return CustodyTime(custody.seconds + (gap if trusted else 0.0), reading)


def due(saved: CustodyTime, now: CustodyTime) -> bool:
    """Whether custody time must be saved again: the raw clock moved far, either way, or it is another boot.

    Also after a leap, which credited nothing: else a leap back and a crash would make it credit the way between.
    """
    moved = abs(now.read_at.raw - saved.read_at.raw)
    return now.read_at.boot != saved.read_at.boot or moved >= SAVE_EVERY
