"""Three lamps on gpiozero pins, driven from the table in `ddb_contract.lights`."""

from gpiozero import PWMLED, Factory

from ddb_contract.lights import LIGHTS, Light, Rhythm


class GpioLamp:
    """A `Lamp` of red, amber and green LEDs on `pins` (BCM numbers). On a Pi and in practice alike."""

    def __init__(self, factory: Factory, pins: tuple[int, int, int]) -> None:
        self.leds = tuple(PWMLED(pin, pin_factory=factory) for pin in pins)
        self._shown: Light | None = None

    def show(self, light: Light) -> None:
        """Shows it until another one is shown; the same again doesn't disturb the rhythm."""
        if light is self._shown:
            return
        pattern = LIGHTS[light]
        for led, rhythm in zip(self.leds, (pattern.red, pattern.amber, pattern.green), strict=True):
            _set(led, rhythm)
        self._shown = light

    def close(self) -> None:
        """Dark."""
        for led in self.leds:
            led.close()


def _set(led: PWMLED, rhythm: Rhythm) -> None:
    match rhythm:
        case Rhythm.OFF:
            led.off()
        case Rhythm.ON:
            led.on()
        case Rhythm.SLOW:
            led.blink(1, 1)
        case Rhythm.FAST:
            led.blink(0.2, 0.2)
        case Rhythm.PULSE:
            led.pulse(1, 1)
