"""Which lights a share lights."""

from ddb_contract.lights import Light
from ddb_custodian.core import release
from ddb_custodian.core.states import COMMITTED, State


def lit(state: State, damaged: bool, condition: str, locked_at: float | None, now: float) -> set[Light]:
    """FAULT if it is damaged or can never be judged, COLLECTABLE while it waits to be, HOLDING while it is kept."""
    if state not in COMMITTED:
        return set()
    lights = {Light.HOLDING}
    if damaged or not release.readable(condition):
        lights.add(Light.FAULT)
    if state is State.LOCKED and release.verdict(state, condition, locked_at, now).holds:
        lights.add(Light.COLLECTABLE)
    return lights
