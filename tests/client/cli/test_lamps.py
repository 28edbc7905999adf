"""Lights read without colour and without a terminal."""

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddb_client.cli.lamps import Shown, drawn, lit, look
from ddb_client.ports import Address, Member
from ddb_contract.lights import LIGHTS, Light, Rhythm
from fakes_client import FakeGateway

DESK = Member("desk", True, Address("127.0.0.1", 1), "a" * 52)


@pytest.mark.parametrize("light", Light)
def test_every_light_says_its_meaning_and_its_rhythms_in_words(light: Light) -> None:
    (line,) = drawn([Shown(DESK, light, LIGHTS[light].meaning)])
    plain = click.unstyle(line)
    assert LIGHTS[light].meaning in plain
    for colour in ("red", "amber", "green"):
        words = plain.rpartition("(")[2]
        assert (f"{colour} " in words) == (getattr(LIGHTS[light], colour) is not Rhythm.OFF)
    assert plain.count("●") == sum(getattr(LIGHTS[light], c) is not Rhythm.OFF for c in ("red", "amber", "green"))


def test_no_two_lights_are_drawn_alike() -> None:
    lines = {click.unstyle(drawn([Shown(DESK, light, "")])[0]) for light in Light}
    assert len(lines) == len(Light)


@given(st.floats(0, 1e6))
def test_what_is_off_never_lights_and_what_is_on_always(at: float) -> None:
    assert lit(Rhythm.ON, at)
    assert not lit(Rhythm.OFF, at)


@pytest.mark.parametrize(("rhythm", "period"), [(Rhythm.SLOW, 2.0), (Rhythm.FAST, 0.4), (Rhythm.PULSE, 2.0)])
def test_a_rhythm_is_lit_half_of_its_period(rhythm: Rhythm, period: float) -> None:
    moments = [lit(rhythm, (tick + 0.5) / 1000 * period) for tick in range(1000)]
    assert sum(moments) == 500


def test_one_that_is_stopped_or_silent_shows_no_light() -> None:
    stopped, silent = look([Member("shed", False, None, None), DESK], FakeGateway({}))
    assert (stopped.light, stopped.means) == (None, "stopped")
    assert (silent.light, silent.means) == (None, "desk doesn't answer")
    assert "●" not in "".join(drawn([stopped, silent]))
