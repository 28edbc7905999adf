from datetime import UTC, datetime, timedelta
from typing import assert_never

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddb_contract.conditions import (
    MAX_SECONDS,
    After,
    AllOf,
    AnyOf,
    At,
    AtLeast,
    Condition,
    Facts,
    duration,
    format_condition,
    judge,
    opens_after,
    pending,
    resolve,
)
from strategies import conditions

NOW = datetime(2026, 12, 24, 18, tzinfo=UTC)


def truth(condition: Condition, elapsed: float) -> bool:
    """The meaning, said a second time and more simply."""
    match condition:
        case After(seconds):
            return elapsed >= seconds
        case At():
            return False
        case AllOf(parts):
            return all(truth(part, elapsed) for part in parts)
        case AnyOf(parts):
            return any(truth(part, elapsed) for part in parts)
        case AtLeast(count, parts):
            return sum(truth(part, elapsed) for part in parts) >= count
    assert_never(condition)


@given(conditions(), st.floats(0, 2 * MAX_SECONDS))
def test_a_verdict_says_what_the_condition_means(condition: Condition, elapsed: float) -> None:
    assert judge(condition, Facts(elapsed)).holds == truth(condition, elapsed)


@given(conditions(), st.floats(0, MAX_SECONDS), st.floats(0, MAX_SECONDS))
def test_what_holds_goes_on_holding(condition: Condition, elapsed: float, more: float) -> None:
    assert judge(condition, Facts(elapsed + more)).holds >= judge(condition, Facts(elapsed)).holds


@given(conditions(), st.floats(0, MAX_SECONDS))
def test_nothing_changes_before_the_next_change(condition: Condition, elapsed: float) -> None:
    verdict = judge(condition, Facts(elapsed))
    if verdict.next_change is not None:
        assert not verdict.holds
        assert verdict.next_change > 0
        assert not judge(condition, Facts(elapsed + verdict.next_change * 0.999)).holds


@given(conditions(), st.floats(0, 2 * MAX_SECONDS))
def test_it_holds_from_the_moment_it_opens(condition: Condition, elapsed: float) -> None:
    opens = opens_after(condition)
    assert judge(condition, Facts(elapsed)).holds == (opens is not None and elapsed >= opens)


@given(conditions(), st.floats(0, MAX_SECONDS))
def test_every_verdict_gives_a_reason_once(condition: Condition, elapsed: float) -> None:
    reasons = judge(condition, Facts(elapsed)).reasons
    assert reasons
    assert len(set(reasons)) == len(reasons)


@given(conditions())
def test_a_pending_date_never_holds_and_resolving_leaves_none(condition: Condition) -> None:
    assert not judge(At(NOW), Facts(1e12)).holds
    assert not pending(resolve(condition, NOW - timedelta(days=1)))


@pytest.mark.parametrize(
    ("when", "seconds"),
    [(NOW + timedelta(seconds=1), 1), (NOW + timedelta(microseconds=1), 1), (NOW + timedelta(days=30), 2_592_000)],
)
def test_a_date_becomes_a_duration_rounded_up(when: datetime, seconds: int) -> None:
    nested = AllOf((At(when), AnyOf((After(5), AtLeast(1, (At(when),))))))
    assert resolve(At(when), NOW) == After(seconds)
    assert not pending(resolve(nested, NOW))
    assert pending(nested)


def test_the_zone_of_a_date_counts() -> None:
    when = datetime.fromisoformat("2026-12-24T20:00+01:00")
    assert resolve(At(when), NOW) == After(3600)


@pytest.mark.parametrize("off", [timedelta(), timedelta(days=-1), timedelta(days=3661)])
def test_a_date_that_passed_or_is_too_far_is_refused(off: timedelta) -> None:
    with pytest.raises(ValueError, match=r"passed|ten years"):
        resolve(AllOf((After(1), At(NOW + off))), NOW)


def test_a_missing_part_is_counted_in_words() -> None:
    verdict = judge(AtLeast(2, (After(5), After(10), After(20))), Facts(5))
    assert verdict.reasons == ("1 of the 2 needed parts hold", "5s of 10s left", "15s of 20s left")
    assert verdict.next_change == 5


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (59, "59s"), (3600, "1h"), (273_600, "3d 4h"), (90_061, "1d 1h 1m 1s")]
)
def test_durations_are_said_in_the_grammars_words(seconds: int, text: str) -> None:
    assert duration(seconds) == text


def test_the_text_puts_parentheses_where_they_matter() -> None:
    mixed = AllOf((AnyOf((After(1), After(2))), AtLeast(1, (AllOf((After(3), After(4))),))))
    assert format_condition(mixed) == "(after 1s or after 2s) and 1 of (after 3s and after 4s)"
