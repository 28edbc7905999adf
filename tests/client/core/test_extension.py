"""Extending: `old and extra`, counted from the lock, never anything less."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ddb_client.core.extension import from_then, grown_from, outcome, tail_for
from ddb_contract.conditions import After, Condition, Facts, judge, not_before, pending
from ddb_contract.grammar import parse
from strategies import conditions, facts

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
YEAR = 366 * 86_400


@pytest.mark.parametrize(
    ("extra", "becomes"),
    [
        ("after 1h", "after 1h 1m 41s"),
        ("at 2026-11-24T13:00Z", "after 1h 1m 41s"),
        ("button", "button"),
        ("after 1h and (button or after 1s)", "after 1h 1m 41s and (button or after 1m 42s)"),
    ],
)
def test_from_now_becomes_from_the_lock_rounded_up(extra: str, becomes: str) -> None:
    assert from_then(parse(extra), 100.2, NOW) == parse(becomes)


def test_a_date_that_has_passed_is_refused() -> None:
    with pytest.raises(ValueError, match="passed"):
        from_then(parse("at 2026-11-24T11:00Z"), 0, NOW)


@given(conditions(seconds=YEAR), conditions(seconds=YEAR), st.floats(0, YEAR), facts())
def test_an_extension_never_brings_an_opening_forward(
    old: Condition, extra: Condition, passed: float, known: Facts
) -> None:
    try:
        own = from_then(extra, passed, NOW)
        new = outcome(old, own)
    except ValueError:
        assume(False)
    assert judge(new, known).holds == (judge(old, known).holds and judge(own, known).holds)
    assert not pending(new)
    assert grown_from(old, new)
    earliest = not_before(extra)
    assert earliest is not None
    if known.elapsed < passed + earliest:
        assert not judge(own, known).holds or earliest == 0


@pytest.mark.parametrize(
    "extra", ["after 1h", "button", "after 1h and button", "approvals 1 of (1)", "after 1h or button"]
)
def test_the_same_again_moments_later_is_known_again(extra: str) -> None:
    old, first = parse("after 1s"), from_then(parse(extra), 100, NOW)
    kept = outcome(old, first)
    assert tail_for(old, first) is None
    assert tail_for(kept, first) == first
    assert grown_from(old, kept)
    assert not grown_from(kept, old)


def test_clocks_may_differ_by_seconds_but_not_by_minutes() -> None:
    kept = parse("after 3d and after 1h")
    assert tail_for(kept, After(3605)) == After(3600)
    assert tail_for(kept, After(3606)) is None
    assert tail_for(kept, After(1)) == After(3600)


def test_what_the_lock_says_already_is_not_said_again() -> None:
    assert tail_for(After(3600), After(3600)) == After(3600)
    assert tail_for(After(3600), After(3601)) is None
    assert tail_for(parse("button"), parse("button")) == parse("button")
    assert tail_for(parse("button"), parse("after 1h and button")) is None


def test_a_condition_that_grows_too_long_is_refused() -> None:
    long = " or ".join(["after 1h and button"] * 30)
    with pytest.raises(ValueError, match="longer than 1000 characters"):
        outcome(parse(long), parse(long))


def test_more_than_ten_years_from_the_lock_is_refused() -> None:
    with pytest.raises(ValueError, match="ten years"):
        outcome(parse("after 1h"), from_then(parse("after 3650d"), 30 * 86_400, NOW))
    assert from_then(parse("after 1d"), timedelta(days=1).total_seconds(), NOW) == After(2 * 86_400)
