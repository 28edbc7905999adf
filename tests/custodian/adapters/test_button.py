"""A short press and a long one, on a simulated pin and by signals."""

import os
import signal
import threading
from collections.abc import Callable, Iterator

import pytest

from ddb_custodian.adapters import button as adapter
from ddb_custodian.adapters.button import GpioButton, SignalButton
from ddb_custodian.adapters.pins import simulated

PATIENCE = 20.0


@pytest.fixture
def happened(request: pytest.FixtureRequest) -> Iterator[Callable]:
    """Makes a wired button and its pin, and gives the events for pressed and held."""
    ends = []

    def happened(hold: float, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(adapter, "HOLD", hold)
        factory = simulated()
        button, pressed, held = GpioButton(factory, 23), threading.Event(), threading.Event()
        button.on_pressed(pressed.set)
        button.on_held(held.set)
        ends.extend((button.close, factory.close))
        return factory.pin(23), pressed, held

    yield happened
    for end in ends:
        end()


def test_let_go_in_time_it_was_pressed(happened, monkeypatch):
    pin, pressed, held = happened(PATIENCE, monkeypatch)
    pin.drive_low()
    assert not pressed.is_set()
    pin.drive_high()
    assert pressed.is_set()
    assert not held.is_set()


def test_held_long_enough_it_was_held_and_not_pressed(happened, monkeypatch):
    pin, pressed, held = happened(0.01, monkeypatch)
    pin.drive_low()
    assert held.wait(PATIENCE)
    pin.drive_high()
    assert not pressed.is_set()
    monkeypatch.setattr(adapter, "HOLD", PATIENCE)


def test_after_a_long_press_a_short_one_counts_again(happened, monkeypatch):
    pin, pressed, held = happened(0.2, monkeypatch)
    pin.drive_low()
    assert held.wait(PATIENCE)
    pin.drive_high()
    assert not pressed.is_set()
    for _ in range(100):
        pin.drive_low()
        pin.drive_high()
        if pressed.is_set():
            return
    pytest.fail("no short press ever counted")


def test_signals_stand_in_for_both():
    button, pressed, held = SignalButton(), threading.Event(), threading.Event()
    button.on_pressed(pressed.set)
    button.on_held(held.set)
    os.kill(os.getpid(), signal.SIGUSR2)
    assert pressed.wait(PATIENCE)
    assert not held.is_set()
    os.kill(os.getpid(), signal.SIGUSR1)
    assert held.wait(PATIENCE)
    button.close()
    os.kill(os.getpid(), signal.SIGUSR1)
    os.kill(os.getpid(), signal.SIGUSR2)
