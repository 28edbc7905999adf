"""Where the pins are: on the board, or simulated for practice."""

from gpiozero import Device, Factory


def simulated() -> Factory:
    """Pins that exist in memory only."""
    from gpiozero.pins.mock import MockFactory, MockPWMPin

    return MockFactory(pin_class=MockPWMPin)


def onboard() -> Factory:
    """The board's own pins. Raises gpiozero's BadPinFactory where there are none."""
    Device.ensure_pin_factory()
    return Device.pin_factory
