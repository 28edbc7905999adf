"""When a share may be released, what a custodian keeps as a condition, and which lights a share lights."""

import pytest

from ddb_contract.conditions import Facts
from ddb_contract.lights import Light
from ddb_contract.problems import Conflict
from ddb_contract.shares import ShareHeader, root
from ddb_custodian.core import release, uploads
from ddb_custodian.core.lights import lit
from ddb_custodian.core.states import COMMITTED, State


@pytest.mark.parametrize("state", State)
def test_only_a_committed_share_whose_time_has_passed_is_released(state: State) -> None:
    assert release.verdict(state, "after 10s", Facts(10.0)).holds is (state in COMMITTED)
    assert not release.verdict(state, "after 10s", Facts(9.9)).holds
    assert not release.verdict(state, "button", None).holds


@pytest.mark.parametrize("text", ["", "whenever", "at 2020-01-01T00:00Z"])
def test_a_condition_that_means_nothing_never_holds(text: str) -> None:
    assert not release.verdict(State.LOCKED, text, Facts(1e9, pressed=True, near=True)).holds


def test_the_kept_text_is_canonical_and_a_date_is_refused() -> None:
    assert release.canonical("(after 90m) or (after 1w)", 0) == "after 1h 30m or after 7d"
    with pytest.raises(ValueError, match="turned into a duration"):
        release.canonical("after 1h or at 2030-01-01T00:00Z", 0)


def test_lights_of_one_share() -> None:
    assert lit(State.STORED, True, "after 1s", None) == set()
    assert lit(State.LOCKED, False, "after 1s", Facts(0.5)) == {Light.HOLDING}
    assert lit(State.LOCKED, True, "after 1s", Facts(1.0)) == {Light.HOLDING, Light.FAULT, Light.COLLECTABLE}
    assert lit(State.COLLECTED, False, "after 1s", Facts(1.0)) == {Light.HOLDING}
    assert lit(State.LOCKED, False, "whenever", Facts(1.0)) == {Light.HOLDING, Light.FAULT}


def test_an_upload_is_complete_unchanged_and_rooted_or_a_conflict_says_what_is_not() -> None:
    header = ShareHeader(2, 3, 0, b"d" * 16, 66_240)
    assert uploads.complete([b"a", b"b"]) == [b"a", b"b"]
    with pytest.raises(Conflict, match="stripes 0, 2 never arrived"):
        uploads.complete([None, b"b", None])
    with pytest.raises(Conflict, match="stripes 0, 1, 2, 3, 4, 5, 6, 7 and 12 more never"):
        uploads.complete([None] * 20)
    uploads.same([b"a"], [b"a"])
    with pytest.raises(Conflict, match="stripe 1 came back"):
        uploads.same([b"a", b"b"], [b"a", b"c"])
    uploads.rooted(header, [b"a"], root(header, [b"a"]))
    with pytest.raises(Conflict, match="root differs"):
        uploads.rooted(header, [b"b"], root(header, [b"a"]))
