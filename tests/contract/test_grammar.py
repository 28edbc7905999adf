from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddb_contract.conditions import (
    MAX_TEXT,
    After,
    AllOf,
    AnyOf,
    Approvals,
    At,
    AtLeast,
    Button,
    Condition,
    Home,
    depth,
    format_condition,
)
from ddb_contract.grammar import BadCondition, parse
from strategies import conditions


@given(conditions(dates=True))
def test_the_one_text_form_reads_back_as_the_same_condition(condition: Condition) -> None:
    text = format_condition(condition)
    if len(text) <= MAX_TEXT:
        assert parse(text) == condition
        assert format_condition(parse(text)) == text


@given(st.text(max_size=60) | st.text("aftrndo (),0123456789dhmswTZ:-+plvbuef", max_size=60))
def test_any_other_text_is_refused_with_a_place_in_it(text: str) -> None:
    position: int | None = None
    try:
        parse(text)
    except BadCondition as error:
        position = error.position
    assert position is None or 0 <= position <= len(text)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("after 72h", After(259_200)),
        ("after 3d 12h", After(302_400)),
        ("after 1w", After(604_800)),
        ("  after\t5m \n", After(300)),
        ("at 2026-12-24T18:00+01:00", At(datetime.fromisoformat("2026-12-24T18:00+01:00"))),
        ("at 2026-12-24T18:00Z", At(datetime(2026, 12, 24, 18, tzinfo=UTC))),
        ("after 1s and after 2s or after 3s", AnyOf((AllOf((After(1), After(2))), After(3)))),
        ("after 1s and (after 2s or after 3s)", AllOf((After(1), AnyOf((After(2), After(3)))))),
        ("((after 1s))", After(1)),
        ("2 of (after 1s, after 2s, after 3s)", AtLeast(2, (After(1), After(2), After(3)))),
        ("button", Button()),
        ("home and after 1s", AllOf((Home(), After(1)))),
        ("approvals 2 of notary, sister, editor", Approvals(2, ("notary", "sister", "editor"))),
        ("approvals 2 of (notary, Zoë) and button", AllOf((Approvals(2, ("notary", "Zoë")), Button()))),
        ("approvals 1 of 1, 2 or after 1d", AnyOf((Approvals(1, ("1", "2")), After(86_400)))),
        ("approvals 1 of homer, buttons, after-all", Approvals(1, ("homer", "buttons", "after-all"))),
        ("2 of (approvals 1 of (a, b), button, home)", AtLeast(2, (Approvals(1, ("a", "b")), Button(), Home()))),
    ],
)
def test_conditions_mean_what_they_say(text: str, condition: Condition) -> None:
    assert parse(text) == condition


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 0),
        ("72h", 0),
        ("after", 5),
        ("after 72", 6),
        ("after 72x", 6),
        ("after 1h an after 2h", 9),
        ("after 1h and", 12),
        ("(after 1h", 9),
        ("after 1h or ", 12),
        ("after 1h)", 8),
        ("never", 0),
        ("AFTER 1h", 0),
        ("at tomorrow", 3),
        ("2 of ()", 6),
        ("after \u0661h", 6),
        ("approvals 2 notary, sister", 12),
        ("approvals 2 of", 14),
        ("approvals 2 of ()", 16),
        ("approvals 2 of (notary,)", 23),
        ("approvals 1 of home", 15),
        ("approvals 1 of notary and sister", 26),
        ("approvals two of notary", 10),
        ("button home", 7),
        ("homes", 4),
    ],
)
def test_the_place_where_it_goes_wrong_is_shown(text: str, position: int) -> None:
    with pytest.raises(BadCondition) as caught:
        parse(text)
    assert caught.value.position == position
    assert str(caught.value).splitlines()[-1].index("^") == position + 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("after 0s", "longer than nothing"),
        ("after 0d 0h", "longer than nothing"),
        ("after 3661d", "ten years"),
        ("after 999999999999w", "ten years"),
        ("at 2026-13-24T18:00Z", "no date"),
        ("at 2026-12-24T18:00", "time zone"),
        ("at 2026-12-24", "time zone"),
        ("0 of (after 1s)", "can never be"),
        ("3 of (after 1s, after 2s)", "can never be"),
        ("approvals 0 of notary", "can never be"),
        ("approvals 3 of notary, sister", "can never be"),
        ("approvals 1 of (notary, notary)", "named twice"),
        (f"approvals 1 of {', '.join(f'a{n}' for n in range(17))}", "at most 16 approvers"),
        (" and ".join(f"approvals 1 of a{n}" for n in range(17)), "at most 16 approvers"),
    ],
)
def test_what_can_never_be_is_refused_in_words(text: str, why: str) -> None:
    with pytest.raises(BadCondition, match=why):
        parse(text)


def test_ten_years_are_not_too_long() -> None:
    assert parse("after 3660d") == After(316_224_000)


@pytest.mark.parametrize("levels", [9, 100, 400])
def test_nesting_too_deep_is_refused(levels: int) -> None:
    text = "1 of (" * levels + "after 1s" + ")" * levels
    with pytest.raises(BadCondition, match=r"levels|characters"):
        parse(text)


@pytest.mark.parametrize("text", ["(" * 5000 + "after 1s" + ")" * 5000, "1 of (" * 5000, "after 1s or " * 5000])
def test_an_oversize_text_is_refused_without_reading_it(text: str) -> None:
    with pytest.raises(BadCondition, match="at most 1000 characters"):
        parse(text)


def test_a_condition_that_is_longer_in_its_one_text_form_is_refused() -> None:
    text = " or ".join(["after 9999999s"] * 50)
    assert len(text) < MAX_TEXT
    with pytest.raises(BadCondition, match="written out"):
        parse(text)


def test_parentheses_alone_cost_no_depth() -> None:
    assert parse("(" * 490 + "after 1s" + ")" * 490) == After(1)


def test_eight_levels_are_allowed() -> None:
    text = "1 of (" * 7 + "after 1s" + ")" * 7
    assert depth(parse(text)) == 8


def test_one_approver_in_several_places_counts_once_towards_the_limit() -> None:
    names = ", ".join(f"a{n}" for n in range(16))
    assert parse(f"approvals 1 of ({names}) and approvals 2 of ({names})")


@given(st.from_regex(r"[^\W_][\w-]{0,30}", fullmatch=True))
def test_a_name_is_any_word_that_is_not_the_grammars_own(name: str) -> None:
    if name not in ("after", "at", "approvals", "button", "home", "and", "or", "of"):
        assert parse(f"approvals 1 of ({name})") == Approvals(1, (name,))
