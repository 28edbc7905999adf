"""The lamps on simulated pins show what the table says."""

import pytest

from ddb_contract.lights import LIGHTS, Light, Rhythm
from ddb_custodian.adapters.lamp import GpioLamp
from ddb_custodian.adapters.pins import simulated


@pytest.fixture
def lamp():
    factory = simulated()
    lamp = GpioLamp(factory, (17, 27, 22))
    yield lamp
    lamp.close()
    factory.close()


@pytest.mark.parametrize("light", Light)
def test_every_light_sets_its_three_lamps(lamp, light):
    lamp.show(light)
    pattern = LIGHTS[light]
    for led, rhythm in zip(lamp.leds, (pattern.red, pattern.amber, pattern.green), strict=True):
        steady = rhythm in (Rhythm.OFF, Rhythm.ON)
        assert (led._blink_thread is None) == steady
        if steady:
            assert led.value == (rhythm is Rhythm.ON)


def test_the_same_light_again_does_not_disturb_the_rhythm(lamp):
    lamp.show(Light.PAIRING)
    before = [led._blink_thread for led in lamp.leds]
    lamp.show(Light.PAIRING)
    assert [led._blink_thread for led in lamp.leds] == before
    lamp.show(Light.READY)
    assert [led._blink_thread for led in lamp.leds] == [None] * 3


def test_the_pins_are_free_again_after_close():
    factory = simulated()
    for _ in range(2):
        lamp = GpioLamp(factory, (17, 27, 22))
        lamp.show(Light.PAIRING)
        lamp.close()
    factory.close()
