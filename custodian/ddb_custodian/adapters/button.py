"""The button: a real one, or signals that stand in for it."""

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
        self._held = False
        self._contact.when_pressed = self._down

    def on_pressed(self, pressed: Callable[[], None]) -> None:
        self._contact.when_released = lambda: None if self._held else pressed()

    def on_held(self, held: Callable[[], None]) -> None:
        def still_down() -> None:
            self._held = True
            held()

        self._contact.when_held = still_down

    def _down(self) -> None:
        self._held = False

    def close(self) -> None:
        self._contact.close()


class SignalButton:
    """A `Button` that SIGUSR1 holds and SIGUSR2 presses. Made in the main thread."""

    def on_pressed(self, pressed: Callable[[], None]) -> None:
        _on(signal.SIGUSR2, pressed)

    def on_held(self, held: Callable[[], None]) -> None:
        _on(signal.SIGUSR1, held)

    def close(self) -> None:
        for number in (signal.SIGUSR1, signal.SIGUSR2):
            signal.signal(number, signal.SIG_IGN)


def _on(number: signal.Signals, act: Callable[[], None]) -> None:
    signal.signal(number, lambda *_: threading.Thread(target=act, name="button").start())
