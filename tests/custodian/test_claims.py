"""Claims live in memory, for a while, and for one drop."""

import pytest

from ddb_custodian.claims import AT_ONCE, LIFE, Claims
from fakes_custodian import SeededEntropy

DROP, OTHER = b"d" * 16, b"o" * 16


@pytest.fixture
def claims() -> Claims:
    return Claims(SeededEntropy())


def pressed_for(claims: Claims, drop: bytes = DROP, now: float = 0.0) -> bytes:
    claim = claims.make(drop, False, now)
    claims.press([claim], now)
    return claim.name


def test_a_claim_is_pressed_only_after_a_press_and_only_on_its_drop(claims: Claims) -> None:
    claim = claims.make(DROP, False, 0.0)
    assert not claims.use(claim.name, DROP, False, 1.0)
    claims.press(claims.unpressed(1.0), 1.0)
    assert claims.use(claim.name, DROP, False, 2.0)
    assert not claims.use(claim.name, OTHER, False, 2.0)
    assert not claims.use(None, DROP, False, 2.0)
    assert not claims.use(b"x" * 16, DROP, False, 2.0)


def test_a_press_counts_for_no_claim_made_later(claims: Claims) -> None:
    claims.make(DROP, False, 0.0)
    waiting = claims.unpressed(1.0)
    later = claims.make(DROP, False, 1.0)
    claims.press(waiting, 1.0)
    assert [claim.name for claim in claims.unpressed(1.0)] == [later.name]
    assert not claims.use(later.name, DROP, False, 1.0)


def test_unpressed_a_claim_ends_a_while_after_it_was_made_however_much_it_is_used(claims: Claims) -> None:
    claim = claims.make(DROP, False, 0.0)
    for now in (300.0, 600.0, LIFE - 1):
        assert not claims.use(claim.name, DROP, False, now)
        assert len(claims.unpressed(now)) == 1
    assert claims.unpressed(LIFE) == []
    claims.press([claim], LIFE)
    assert not claims.use(claim.name, DROP, False, LIFE)


def test_pressed_a_claim_ends_a_while_after_its_last_use(claims: Claims) -> None:
    name = pressed_for(claims)
    for now in (LIFE - 1, 2 * LIFE - 2):
        assert claims.use(name, DROP, False, now)
    assert not claims.use(name, DROP, False, 3 * LIFE - 2)


def test_one_claim_more_than_a_few_ends_the_oldest_of_that_drop_only(claims: Claims) -> None:
    first, others = pressed_for(claims), pressed_for(claims, OTHER)
    names = [pressed_for(claims) for _ in range(AT_ONCE)]
    assert not claims.use(first, DROP, False, 1.0)
    assert all(claims.use(name, DROP, False, 1.0) for name in names)
    assert claims.use(others, OTHER, False, 1.0)


def test_where_a_claim_asks_from_is_where_it_last_asked_from(claims: Claims) -> None:
    claim = claims.make(DROP, True, 0.0)
    claims.use(claim.name, DROP, False, 1.0)
    assert [claim.near for claim in claims.unpressed(1.0)] == [False]
