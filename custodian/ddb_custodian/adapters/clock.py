"""The machine's raw clock, which no time server moves."""

import time
import uuid
from pathlib import Path

from ddb_custodian.core.clock import ClockReading

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class RawClock:
    """A `Clock`: on Linux the boot id and CLOCK_MONOTONIC_RAW; elsewhere every process counts as a boot of its own."""

    def __init__(self) -> None:
        self._linux = _BOOT_ID.exists() and hasattr(time, "CLOCK_MONOTONIC_RAW")
        self._boot = _BOOT_ID.read_text().strip() if self._linux else str(uuid.uuid4())

    def read(self) -> ClockReading:
        raw = time.clock_gettime(time.CLOCK_MONOTONIC_RAW) if self._linux else time.monotonic()
        return ClockReading(self._boot, raw)
