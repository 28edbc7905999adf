"""Lights in a terminal: three lamps, coloured and named, so that they read without colour and without a terminal."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import click

from ddb_client.errors import Failure
from ddb_client.ports import Gateway, Member
from ddb_contract.lights import LIGHTS, Light, Pattern, Rhythm

_ANSI = {"red": "red", "amber": "yellow", "green": "green"}
_WORD = {Rhythm.OFF: "off", Rhythm.ON: "on", Rhythm.SLOW: "blinks", Rhythm.FAST: "blinks fast", Rhythm.PULSE: "pulses"}
_FRAMES_A_SECOND = 10
_LOOK_EVERY = 1.0


@dataclass(frozen=True)
class Shown:
    """A member of the fleet and its light; None when it shows none."""

    member: Member
    light: Light | None
    means: str


def look(members: Sequence[Member], gateway: Gateway) -> list[Shown]:
    """What each of them shows now."""
    return [_look(member, gateway) for member in members]


def _look(member: Member, gateway: Gateway) -> Shown:
    if member.address is None or member.id is None:
        return Shown(member, None, "stopped")
    try:
        light = gateway.open(member.id, member.name, [member.address], None).info().light
    except Failure as error:
        return Shown(member, None, error.message)
    return Shown(member, light, LIGHTS[light].meaning)


def lit(rhythm: Rhythm, at: float) -> bool:
    """Whether a lamp of that rhythm is lit `at` that many seconds."""
    match rhythm:
        case Rhythm.OFF:
            return False
        case Rhythm.ON:
            return True
        case Rhythm.SLOW:
            return at % 2 < 1
        case Rhythm.FAST:
            return at % 0.4 < 0.2
        case Rhythm.PULSE:
            return 0.5 <= at % 2 < 1.5


def drawn(shown: Sequence[Shown], at: float | None = None) -> list[str]:
    """A line for each: lamps, name, what it means. `at`: the moment of an animation; None draws what ever lights."""
    width = max((len(one.member.name) for one in shown), default=0)
    return [f"{_lamps(one, at)}  {one.member.name:<{width}}  {one.means}{_words(one)}" for one in shown]


def _lamps(one: Shown, at: float | None) -> str:
    if one.light is None:
        return "· · ·"
    rhythms = _rhythms(LIGHTS[one.light])
    return " ".join(_lamp(colour, rhythm, at) for colour, rhythm in rhythms.items())


def _lamp(colour: str, rhythm: Rhythm, at: float | None) -> str:
    on = rhythm is not Rhythm.OFF if at is None else lit(rhythm, at)
    return click.style("●", fg=_ANSI[colour]) if on else click.style("○", dim=True)


def _words(one: Shown) -> str:
    if one.light is None:
        return ""
    telling = [
        f"{colour} {_WORD[rhythm]}" for colour, rhythm in _rhythms(LIGHTS[one.light]).items() if rhythm != Rhythm.OFF
    ]
    return f" ({', '.join(telling)})"


def _rhythms(pattern: Pattern) -> dict[str, Rhythm]:
    return {"red": pattern.red, "amber": pattern.amber, "green": pattern.green}


def watch(again: Callable[[], Sequence[Shown]]) -> None:
    """Draws what `again` returns, live, until Ctrl-C."""
    from rich.live import Live
    from rich.text import Text

    shown, looked = again(), time.monotonic()
    with Live(auto_refresh=False) as live:
        try:
            while True:
                now = time.monotonic()
                if now - looked > _LOOK_EVERY:
                    shown, looked = again(), now
                live.update(Text.from_ansi("\n".join(drawn(shown, now))), refresh=True)
                time.sleep(1 / _FRAMES_A_SECOND)
        except KeyboardInterrupt:
            return
