"""Conditions in plain words."""

from datetime import UTC, datetime

import pytest
from hypothesis import given

from ddb_client.core.spoken import awaited, spoken, timing, weak_sides
from ddb_contract.conditions import Approvals, At, Button, Facts, Home, approvers, forms, judge, not_before, opens_after
from ddb_contract.grammar import parse
from strategies import conditions, facts

SAID = {
    "after 3d and button": "after 3d, and only when its button is pressed for that claim",
    "button": "only when its button is pressed for that claim",
    "after 72h and home": "after 3d, and only when asked from its own network",
    "after 30d or button": "either after 30d, or when its button is pressed for that claim",
    "approvals 2 of notary, sister, editor": "once 2 of notary, sister and editor approve",
    "approvals 1 of notary": "once notary approves",
    "approvals 2 of notary, sister": "once notary and sister approve",
    "after 1d and (button or approvals 1 of notary)": (
        "after 1d, and (either when its button is pressed for that claim, or once notary approves)"
    ),
    "2 of (after 1d, button, home)": (
        "once 2 of these hold: after 1d; when its button is pressed for that claim; when asked from its own network"
    ),
}


@pytest.mark.parametrize(("text", "words"), SAID.items(), ids=SAID)
def test_every_form_has_its_words(text: str, words: str) -> None:
    assert spoken(parse(text)) == words


@given(conditions(dates=True))
def test_no_branch_is_left_unsaid(condition: object) -> None:
    words = spoken(condition)  # type: ignore[arg-type]
    for name in approvers(condition):  # type: ignore[arg-type]
        assert name in words
    for form in forms(condition):  # type: ignore[arg-type]
        match form:
            case Button():
                assert "when its button is pressed for that claim" in words
            case Home():
                assert "when asked from its own network" in words
            case At(when):
                assert when.isoformat() in words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("after 2h", "not before 7200"),
        ("after 2h and button", "not before 7200, never by time alone"),
        ("button", "at any time if people act, never by time alone"),
        ("after 1d or after 1h and button", "not before 3600, by time alone on 86400"),
        ("after 1d or approvals 1 of notary", "at any time if people act, by time alone on 86400"),
    ],
)
def test_when_is_said_honestly(text: str, words: str) -> None:
    condition = parse(text)
    assert timing(opens_after(condition), not_before(condition), lambda seconds: f"{seconds:.0f}") == words


@pytest.mark.parametrize(
    ("text", "known", "words"),
    [
        ("approvals 2 of a, b, c", Facts(0), ["the approval of 2 of a, b and c"]),
        ("approvals 2 of a, b, c", Facts(0, frozenset("b")), ["the approval of 1 of a and c"]),
        ("approvals 2 of a, b", Facts(0, frozenset("b")), ["the approval of a"]),
        ("approvals 2 of a, b, c", Facts(0, frozenset("bc")), []),
        (
            "after 1h and button and home",
            Facts(0),
            ["its button, pressed for the claim", "a claim from its own network"],
        ),
        ("after 1h or button", Facts(3600), []),
        ("after 1h", Facts(0), []),
        ("at 2027-01-01T00:00Z", Facts(0), []),
    ],
)
def test_what_people_still_have_to_do(text: str, known: Facts, words: list[str]) -> None:
    assert awaited(parse(text), known) == words


@given(conditions(), facts())
def test_nothing_is_awaited_where_it_holds_and_something_where_time_cannot_help(
    condition: object, known: Facts
) -> None:
    verdict, awaits = judge(condition, known), awaited(condition, known)  # type: ignore[arg-type]
    if verdict.holds:
        assert awaits == []
    elif verdict.next_change is None:
        assert awaits


def test_every_form_has_its_weak_side() -> None:
    lines = weak_sides(
        {
            "attic": parse("after 1h and button"),
            "desk": parse("after 1h and home or approvals 2 of notary, sister, editor"),
            "shed": parse("approvals 1 of notary"),
            "loft": parse("2 of (after 1h, after 2h)"),
        }
    )
    said = "\n".join(lines)
    for sentence in (
        "approvers: notary, sister and editor get a code on paper",
        "can be compelled",
        "without any 2 of the codes of notary, sister and editor, the 2 needed can never be given",
        "without the code of notary",
        "somebody must stand at attic and press within 15 minutes",
        "only a laptop on the own network of desk",
        "or: at desk the lock is as weak as the weakest branch",
    ):
        assert sentence in said


def test_time_alone_has_no_weak_side_of_people() -> None:
    assert weak_sides({"attic": parse("after 1h and after 2h"), "desk": parse("2 of (after 1h, after 2h)")}) == []


def test_a_date_is_said_as_it_was_given() -> None:
    assert spoken(At(datetime(2027, 1, 31, 18, tzinfo=UTC))) == "at 2027-01-31T18:00:00+00:00"
    assert spoken(Approvals(1, ("a", "b"))) == "once 1 of a and b approve"
