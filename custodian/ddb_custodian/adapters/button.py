"""The button: a real one, or a signal that stands in for it."""

import signal
import threading
from collections.abc import Callable

from gpiozero import Button as Contact
from gpiozero import Factory

HOLD = 3.0
"""Seconds that the button is held."""


class GpioButton:
    """A `Button` between `pin` (BCM number) and ground."""

    def __init__(self, factory: Factory, pin: int) -> None:
        self._contact = Contact(pin, hold_time=HOLD, pin_factory=factory)

    def on_held(self, held: Callable[[], None]) -> None:
        self._contact.when_held = held

    def close(self) -> None:
        self._contact.close()


class SignalButton:
    """A `Button` that SIGUSR1 holds. Made in the main thread."""

    def on_held(self, held: Callable[[], None]) -> None:
        signal.signal(signal.SIGUSR1, lambda *_: threading.Thread(target=held, name="button").start())

    def close(self) -> None:
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
