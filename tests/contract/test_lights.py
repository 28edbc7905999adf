from itertools import combinations

import pytest

from ddb_contract.lights import LIGHTS, Light, highest


def test_every_light_has_a_pattern() -> None:
    assert list(LIGHTS) == list(Light)


def test_no_two_lights_look_alike_with_three_lamps_nor_with_one() -> None:
    for a, b in combinations(LIGHTS.values(), 2):
        assert (a.red, a.amber, a.green) != (b.red, b.amber, b.green)
        assert a.single != b.single
        assert a.meaning != b.meaning


def test_a_single_lamps_rhythm_is_on_and_off_in_turns_or_steady() -> None:
    for pattern in LIGHTS.values():
        assert len(pattern.single) == 1 or len(pattern.single) % 2 == 0
        assert all(seconds > 0 for seconds in pattern.single)


@pytest.mark.parametrize("light", Light)
def test_a_light_alone_is_shown_and_a_more_urgent_one_wins(light: Light) -> None:
    more_urgent = list(Light)[: list(Light).index(light)]
    assert highest({light}) == light
    for other in more_urgent:
        assert highest({light, other}) == other


def test_holding_nothing_shows_ready() -> None:
    assert highest(set()) == Light.READY
