from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddb_contract.conditions import (
    MAX_SECONDS,
    After,
    AllOf,
    AnyOf,
    Approvals,
    At,
    AtLeast,
    Button,
    Condition,
    Facts,
    Home,
    approvers,
    duration,
    extended,
    format_condition,
    forms,
    home_suffices,
    judge,
    momentary,
    not_before,
    opens_after,
    pending,
    renamed,
    resolve,
    waits_for_button,
)
from strategies import APPROVERS, conditions, facts, truth

NOW = datetime(2026, 12, 24, 18, tzinfo=UTC)


def more(some: Facts, other: Facts) -> Facts:
    """All that is true of either."""
    return Facts(
        max(some.elapsed, other.elapsed),
        some.approved | other.approved,
        some.pressed or other.pressed,
        some.near or other.near,
    )


ALL = frozenset(APPROVERS)


@given(conditions(dates=True), facts())
def test_a_verdict_says_what_the_condition_means(condition: Condition, known: Facts) -> None:
    assert judge(condition, known).holds == truth(condition, known)


@given(conditions(), facts(), facts())
def test_knowing_more_never_closes_what_was_open(condition: Condition, known: Facts, other: Facts) -> None:
    assert judge(condition, more(known, other)).holds >= judge(condition, known).holds


@given(conditions(), facts())
def test_nothing_changes_before_the_next_change(condition: Condition, known: Facts) -> None:
    verdict = judge(condition, known)
    if verdict.next_change is not None:
        assert not verdict.holds
        assert verdict.next_change > 0
        assert not judge(condition, replace(known, elapsed=known.elapsed + verdict.next_change * 0.999)).holds


@given(conditions(), st.floats(0, 2 * MAX_SECONDS))
def test_it_holds_by_time_alone_from_the_moment_it_opens(condition: Condition, elapsed: float) -> None:
    opens = opens_after(condition)
    assert judge(condition, Facts(elapsed)).holds == (opens is not None and elapsed >= opens)


@given(conditions(), st.floats(0, 2 * MAX_SECONDS))
def test_with_everybodys_help_it_holds_from_its_earliest_moment_and_never_before(
    condition: Condition, elapsed: float
) -> None:
    earliest = not_before(condition)
    helped = Facts(elapsed, ALL, pressed=True, near=True)
    assert judge(condition, helped).holds == (earliest is not None and elapsed >= earliest)


@given(conditions(), facts())
def test_every_verdict_gives_a_reason_once(condition: Condition, known: Facts) -> None:
    reasons = judge(condition, known).reasons
    assert reasons
    assert len(set(reasons)) == len(reasons)


@given(conditions(), facts())
def test_a_lasting_condition_is_the_same_for_every_claim(condition: Condition, known: Facts) -> None:
    others = [replace(known, pressed=pressed, near=near) for pressed in (False, True) for near in (False, True)]
    verdicts = {judge(condition, other) for other in others}
    assert momentary(condition) or len(verdicts) == 1


@given(conditions(), conditions(), facts())
def test_an_extension_holds_where_both_hold_and_never_brings_an_opening_forward(
    old: Condition, extra: Condition, known: Facts
) -> None:
    both = extended(old, extra)
    assert judge(both, known).holds == (judge(old, known).holds and judge(extra, known).holds)
    assert forms(both) == forms(old) + forms(extra)
    for earliest in (opens_after, not_before):
        before, after = earliest(old), earliest(both)
        assert after is None or (before is not None and after >= before)


@given(conditions(), conditions(), conditions())
def test_extensions_follow_each_other_in_one_flat_condition(a: Condition, b: Condition, c: Condition) -> None:
    assert extended(extended(a, b), c) == extended(a, extended(b, c))


@given(conditions(), facts())
def test_it_waits_for_the_button_only_when_a_press_would_open_it(condition: Condition, known: Facts) -> None:
    opens = truth(condition, replace(known, pressed=True)) and not truth(condition, known)
    assert waits_for_button(condition, known) == opens


@given(conditions())
def test_home_suffices_only_where_nothing_else_is_needed(condition: Condition) -> None:
    assert home_suffices(condition) == truth(condition, Facts(0.0, near=True))
    assert not home_suffices(AllOf((condition, After(1))))
    assert home_suffices(AnyOf((Home(), condition)))


@given(conditions())
def test_renaming_approvers_changes_their_names_only(condition: Condition) -> None:
    numbers = {name: str(number) for number, name in enumerate(approvers(condition), 1)}
    numbered = renamed(condition, numbers)
    assert renamed(numbered, {number: name for name, number in numbers.items()}) == condition
    assert approvers(numbered) == tuple(numbers.values())
    assert not set(approvers(numbered)) - set(numbers.values())


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


def test_what_people_must_do_is_said_in_words() -> None:
    everything = AllOf((Approvals(2, ("1", "2", "3")), Button(), Home()))
    assert judge(everything, Facts(0.0, frozenset({"3", "9"}))).reasons == (
        "1 of the 2 needed approvals given",
        "the button must be pressed for this claim",
        "must be asked from its own network",
    )
    assert judge(everything, Facts(0.0, frozenset({"3", "1"}), pressed=True, near=True)).reasons == (
        "2 of the 2 needed approvals given",
        "the button was pressed",
        "asked from its own network",
    )
