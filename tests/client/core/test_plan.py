"""Plans and outlooks: who holds what, when it opens, what changes nothing, what is refused."""

from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddb_client.core.outlook import Post, inert, opening, post, soonest, what_if
from ddb_client.core.plan import Plan, Wish, draw_up, plan_words
from ddb_client.errors import BadThreshold, TooFewCustodians, Usage
from ddb_contract.conditions import After, At
from ddb_contract.grammar import parse
from ddb_contract.lights import Light
from ddb_contract.messages import CustodianInfo
from ddb_contract.text import b32

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def info(name: str, **more: bool) -> CustodianInfo:
    flags = {"practice": False, "administered": False} | more
    return CustodianInfo(
        id=b32(name.encode().ljust(32, b"-")),
        name=name,
        software="1",
        paired=True,
        pairing_open=False,
        light=Light.READY,
        **flags,
    )


FLEET = [info(name) for name in ("attic", "desk", "notary", "shed")]


def plan(wish: Wish, fleet: list[CustodianInfo] | None = None) -> Plan:
    among = FLEET if fleet is None else fleet
    return draw_up(wish, len(among), among, NOW)


def wish(**given: object) -> Wish:
    return Wish(**({"release": After(3600), "releases": {}} | given))  # type: ignore[arg-type]


def words(made: Plan, asked: Wish) -> str:
    return "\n".join(plan_words(made, asked, "diary", 10, lambda s: (NOW + timedelta(seconds=s)).isoformat()))


@pytest.mark.parametrize(("n", "k"), [(2, 2), (3, 2), (4, 3)])
def test_a_majority_is_needed_unless_said_otherwise(n: int, k: int) -> None:
    assert (plan(wish(custodians=n)).k, plan(wish(custodians=n)).n) == (k, n)


def test_the_majority_counts_among_those_that_are_not_required() -> None:
    made = plan(wish(require=("notary",), pad=True))
    assert (made.k, made.n, made.outer) == (2, 3, 2)
    assert [(seat.name, seat.index) for seat in made.seats] == [
        ("attic", 0),
        ("desk", 1),
        ("shed", 2),
        ("notary", 255),
        ("pad", 254),
    ]


def test_of_more_than_needed_the_named_ones_come_first_and_the_reason_is_said() -> None:
    made = plan(wish(custodians=2, releases={"shed": After(60)}))
    assert [seat.name for seat in made.seats] == ["attic", "shed"]
    assert "2 of the 4 that answer" in words(made, wish())


def test_real_custodians_come_before_practice_ones() -> None:
    fleet = [info("aaa", practice=True), info("real")]
    assert [seat.name for seat in plan(wish(custodians=1, force=True), fleet).seats] == ["real"]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"custodians": 3, "threshold": 4}, "4 of 3"),
        ({"custodians": 3, "threshold": 0}, "threshold of 0"),
        ({"custodians": 3, "threshold": -1}, "threshold of -1"),
        ({"custodians": 3, "threshold": 1}, "threshold of 1"),
        ({"custodians": 5}, "only 4 are paired"),
        ({"custodians": 17}, "from 1 to 16"),
        ({"custodians": 0}, "0 custodians"),
        ({"custodians": 1, "require": ("desk",)}, "at least one"),
    ],
)
def test_impossible_thresholds_are_refused(asked: dict[str, object], says: str) -> None:
    with pytest.raises(BadThreshold, match=says):
        plan(wish(**asked))


def test_a_threshold_of_1_is_taken_with_force_or_with_an_outer_piece() -> None:
    assert plan(wish(threshold=1, force=True)).k == 1
    assert plan(wish(threshold=1, pad=True)).k == 1
    assert plan(wish(threshold=1, require=("desk",))).k == 1


def test_paired_ones_that_do_not_answer_are_too_few_custodians() -> None:
    with pytest.raises(TooFewCustodians, match="only 2 of the 4"):
        draw_up(wish(custodians=3), 4, FLEET[:2], NOW)


def test_no_fleet_at_all_is_said() -> None:
    with pytest.raises(BadThreshold, match="paired with no custodian"):
        plan(wish(), [])


@pytest.mark.parametrize("asked", [{"releases": {"nobody": After(60)}}, {"require": ("nobody",)}])
def test_a_name_that_is_not_chosen_is_refused(asked: dict[str, object]) -> None:
    with pytest.raises(Usage, match="nobody"):
        plan(wish(**asked))


def test_every_custodian_needs_a_condition() -> None:
    with pytest.raises(Usage, match="attic has no release condition"):
        plan(wish(release=None, releases={"desk": After(60)}))


def test_a_date_becomes_a_duration_and_a_past_one_is_refused() -> None:
    made = plan(wish(release=At(NOW + timedelta(hours=2))))
    assert {seat.condition for seat in made.seats} == {After(7200)}
    with pytest.raises(Usage, match="passed"):
        plan(wish(release=At(NOW)))


def test_the_plan_says_what_matters_in_plain_words() -> None:
    fleet = [info("attic"), info("desk", practice=True), info("shed", administered=True)]
    asked = wish(releases={"attic": After(7200)})
    said = words(plan(asked, fleet), asked)
    for sentence in (
        "attic: releases after 2h",
        "it opens on 2026-11-24T13:00:00+00:00, if any 2 of attic, desk and shed",
        "if attic is lost, it opens all the same",
        "if one of desk and shed is lost, it opens on 2026-11-24T14:00:00+00:00",
        "if any 2 of attic, desk and shed are lost, the drop is lost for good",
        "the longer condition of attic changes nothing while desk and shed are there: they suffice",
        "practice: desk",
        "administered: whoever logs in to shed",
        "whoever has this laptop, its ticket or the recovery code can open it",
        "wiping overwrites",
    ):
        assert sentence in said
    assert "securely" not in said


def sooner(post: Post) -> bool:
    return post.by_people is None or post.opens is None or post.by_people < post.opens


moments = st.none() | st.integers(0, 99).map(float)
posts = st.lists(
    st.builds(Post, st.text(min_size=1), st.booleans(), moments, moments).filter(sooner),
    min_size=1,
    max_size=6,
    unique_by=lambda post: post.name,
)


@given(st.integers(1, 6), posts)
def test_a_drop_opens_when_some_sufficient_set_has_opened(k: int, given_posts: list[Post]) -> None:
    outer = [post for post in given_posts if post.outer]
    group = [post for post in given_posts if not post.outer]
    sets = [[*outer, *chosen] for chosen in combinations(group, k)]
    times = [max(p.opens or 0 for p in one) for one in sets if all(p.opens is not None for p in one)]
    assert opening(k, given_posts) == min(times, default=None)


@given(st.integers(1, 6), posts)
def test_people_open_when_some_sufficient_set_can_be_opened_and_never_later_than_time(
    k: int, given_posts: list[Post]
) -> None:
    outer = [post for post in given_posts if post.outer]
    sets = [[*outer, *chosen] for chosen in combinations([post for post in given_posts if not post.outer], k)]
    times = [max(p.soonest or 0 for p in one) for one in sets if all(p.soonest is not None for p in one)]
    assert soonest(k, given_posts) == min(times, default=None)
    by_time = opening(k, given_posts)
    assert by_time is None or (soonest(k, given_posts) or 0) <= by_time


@given(st.integers(1, 6), posts)
def test_without_an_inert_condition_neither_time_nor_people_open_any_other_way(k: int, given_posts: list[Post]) -> None:
    for name in inert(k, given_posts):
        without = [post for post in given_posts if post.name != name]
        assert soonest(k, without) == soonest(k, given_posts)
        assert opening(k, without) == opening(k, given_posts)


@given(st.integers(1, 6), posts)
def test_an_inert_condition_could_be_any_other_and_nothing_would_open_sooner_or_later(
    k: int, given_posts: list[Post]
) -> None:
    at = opening(k, given_posts)
    for name in inert(k, given_posts):
        without = [post for post in given_posts if post.name != name]
        assert opening(k, without) == at


def test_without_spare_every_loss_is_final() -> None:
    lines = what_if(2, [Post("a", False, 1.0), Post("b", False, 1.0)], str)
    assert lines == ["if one of a and b is lost, the drop is lost for good"]


def said_if(k: int, **conditions: str) -> list[str]:
    return what_if(k, [post(name, False, parse(text)) for name, text in conditions.items()], lambda s: f"{s:.0f}")


def test_losses_where_people_are_needed_are_told_apart() -> None:
    assert said_if(1, a="after 60s", b="after 90s and button")[:2] == [
        "if a is lost, time alone opens it no more; people can have it not before 90",
        "if b is lost, it opens all the same",
    ]
    assert said_if(1, a="button", b="after 1m and button")[:2] == [
        "if a is lost, people can have it not before 60",
        "if b is lost, it can be had all the same",
    ]
    assert said_if(1, a="after 60s", b="after 90s or button")[0] == (
        "if a is lost, it opens on 90; people can have it at any time"
    )
    assert said_if(2, a="button", b="button") == ["if one of a and b is lost, the drop is lost for good"]


def test_an_early_branch_that_others_complete_is_not_called_inert() -> None:
    posts_ = [
        post(name, False, parse(text))
        for name, text in {"a": "after 9s or button", "b": "after 2s", "c": "after 3s"}.items()
    ]
    assert (opening(2, posts_), soonest(2, posts_)) == (3, 2)
    assert inert(2, posts_) == {}


def test_home_alone_is_refused_at_the_custodian_that_has_it() -> None:
    with pytest.raises(Usage, match="network of shed"):
        plan(wish(releases={"shed": parse("home or after 1h")}))
