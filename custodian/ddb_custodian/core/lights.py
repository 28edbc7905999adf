"""Which lights a share lights."""

from ddb_contract.conditions import Facts
from ddb_contract.lights import Light
from ddb_custodian.core import release
from ddb_custodian.core.states import COMMITTED, State


def lit(state: State, damaged: bool, condition: str, lasting: Facts | None) -> set[Light]:
    """FAULT if it is damaged or can never be judged, COLLECTABLE while it waits to be, HOLDING while it is kept.

    `lasting`: what is known without any claim.
    """
    if state not in COMMITTED:
        return set()
    lights = {Light.HOLDING}
    if damaged or not release.readable(condition):
        lights.add(Light.FAULT)
    if state is State.LOCKED and release.verdict(state, condition, lasting).holds:
        lights.add(Light.COLLECTABLE)
    return lights
