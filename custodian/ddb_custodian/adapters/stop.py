"""The wish to stop, as SIGTERM and SIGINT bring it."""

import os
import select
import signal
from contextlib import suppress


class Stop:
    """`asked` once a signal came. Made in the main thread.

    A pipe, not an event: the lock in an event may be held by the very thread that the signal interrupts.
    """

    def __init__(self) -> None:
        self.asked = False
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._wake, False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._ask())

    def _ask(self) -> None:
        self.asked = True
        with suppress(BlockingIOError):
            os.write(self._wake, b"\0")

    def wait(self, seconds: float) -> bool:
        """Whether it is asked for, after so many seconds or as soon as it is."""
        select.select([self._woken], [], [], 0 if self.asked else seconds)
        return self.asked
