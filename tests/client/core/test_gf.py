"""The rank tests of the threshold scheme, and the broken variants that they must catch."""

from collections.abc import Iterator, Sequence
from itertools import combinations, product
from math import comb
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddb_client.core.gf import POLYNOMIALS, Basis, multiply, shamir_rows, width
from ddb_client.core.threshold import Scheme, piece_rows, symbol_width

Share = list[int]
SMALL = [(k, n) for n in range(2, 9) for k in range(2, n + 1)]
LARGE = [(k, n) for n in range(9, 17) for k in range(2, n + 1)]
SAMPLE = 25


def joins(shares: Sequence[Share], columns: int, w: int) -> bool:
    """Whether these shares give the last w columns: the stripe's blocks."""
    basis = Basis(row for share in shares for row in share)
    return all(basis.express(1 << column) is not None for column in range(columns - w, columns))


def secret(shares: Sequence[Share], columns: int, w: int) -> bool:
    """Whether these shares tell nothing of the last w columns, all others being random."""
    random_only = (1 << columns - w) - 1
    rows = [row for share in shares for row in share]
    return Basis(rows).rank == Basis(row & random_only for row in rows).rank


def unjoined(shares: Sequence[Share], k: int, w: int) -> int:
    return sum(not joins(chosen, k * w, w) for chosen in combinations(shares, k))


def unsecret(shares: Sequence[Share], k: int, w: int) -> int:
    return sum(not secret(chosen, k * w, w) for chosen in combinations(shares, k - 1))


def shamir(k: int, n: int, polynomial: int) -> list[Share]:
    elements = 1 << polynomial.bit_length() - 1
    return [shamir_rows(k, index % elements, polynomial) for index in range(n)]


def subsets(n: int, size: int) -> Iterator[tuple[int, ...]]:
    """All of them, or a fixed sample of many."""
    if comb(n, size) <= SAMPLE or n <= 8:
        yield from combinations(range(n), size)
    else:
        random = Random(f"{n} {size}")
        yield from (tuple(random.sample(range(n), size)) for _ in range(SAMPLE))


@pytest.mark.parametrize(("k", "n"), SMALL + LARGE)
@pytest.mark.parametrize("outer", [0, 1, 2])
def test_every_k_pieces_with_all_outer_ones_join(k: int, n: int, outer: int) -> None:
    scheme = Scheme(k, n, outer)
    rows, w = piece_rows(scheme), symbol_width(scheme)
    always = [rows[index] for index in scheme.indices if index >= n]
    assert all(joins([*always, *(rows[i] for i in chosen)], (k + outer) * w, w) for chosen in subsets(n, k))


@pytest.mark.parametrize(("k", "n"), SMALL + LARGE)
@pytest.mark.parametrize("outer", [0, 1, 2])
def test_fewer_than_k_pieces_tell_nothing(k: int, n: int, outer: int) -> None:
    scheme = Scheme(k, n, outer)
    rows, w = piece_rows(scheme), symbol_width(scheme)
    always = [rows[index] for index in scheme.indices if index >= n]
    assert all(secret([*always, *(rows[i] for i in chosen)], (k + outer) * w, w) for chosen in subsets(n, k - 1))


@pytest.mark.parametrize(("k", "n"), [(1, 1), (1, 3), (2, 3), (3, 3), (3, 5)])
@pytest.mark.parametrize("outer", [1, 2, 3])
def test_all_pieces_but_one_outer_tell_nothing(k: int, n: int, outer: int) -> None:
    scheme = Scheme(k, n, outer)
    rows, w = piece_rows(scheme), symbol_width(scheme)
    for missing in scheme.indices[n:]:
        assert secret([rows[index] for index in scheme.indices if index != missing], (k + outer) * w, w)


@pytest.mark.parametrize(("k", "n"), [(2, 2), (3, 3), (2, 3), (2, 4), (3, 4)])
def test_with_one_bit_blocks_fewer_than_k_pieces_are_spread_alike_for_every_secret(k: int, n: int) -> None:
    scheme = Scheme(k, n)
    w = symbol_width(scheme)
    for chosen in combinations(range(n), k - 1):
        rows = [row for index in chosen for row in piece_rows(scheme)[index]]
        spreads = []
        for value in range(1 << w):
            seen = [
                tuple((row & (value << (k - 1) * w | random)).bit_count() & 1 for row in rows)
                for random in range(1 << (k - 1) * w)
            ]
            spreads.append(sorted(seen))
        assert all(spread == spreads[0] for spread in spreads)


@pytest.mark.parametrize(
    ("k", "n", "polynomial", "bad", "of"),
    [
        (2, 4, 0b101, 2, 6),
        (3, 4, 0b101, 4, 4),
        (3, 5, 0b1111, 10, 10),
        (2, 7, 0b1111, 9, 21),
        (2, 5, 0b111, 1, 10),
    ],
)
def test_a_wrong_field_does_not_join(k: int, n: int, polynomial: int, bad: int, of: int) -> None:
    assert (unjoined(shamir(k, n, polynomial), k, polynomial.bit_length() - 1), comb(n, k)) == (bad, of)


def test_a_pad_used_twice_is_not_secret() -> None:
    def repeated(row: int) -> int:
        return (row & 0b111) ^ (row >> 3 & 0b111) | row & 0b111_000_000

    shares = [[repeated(row) for row in share] for share in shamir(3, 5, POLYNOMIALS[3])]
    assert unsecret(shares, 3, 3) == 9


def test_a_share_without_its_pad_does_not_join_everywhere() -> None:
    shares = shamir(3, 5, POLYNOMIALS[3])
    shares[3] = [row & ~0b111 for row in shares[3]]
    assert unjoined(shares, 3, 3) == 1


@pytest.mark.parametrize("w", [2, 3, 4])
def test_the_field_is_a_field(w: int) -> None:
    elements = range(1 << w)
    times = {(a, b): multiply(a, b, POLYNOMIALS[w]) for a, b in product(elements, elements)}
    assert all(times[a, b] == times[b, a] for a, b in times)
    assert all(times[a, b ^ c] == times[a, b] ^ times[a, c] for a, b in times for c in elements)
    assert all(sorted(times[a, b] for b in elements) == list(elements) for a in elements if a)
    assert all(times[a, 1] == a for a in elements)


def test_the_field_has_an_element_for_each_share() -> None:
    assert all(1 << width(n) >= n for n in range(2, 17))


def test_share_0_is_the_first_pad_itself() -> None:
    assert shamir_rows(3, 0, POLYNOMIALS[3]) == [1, 2, 4]


@given(st.lists(st.integers(0, 255), max_size=8), st.integers(0, 255))
def test_what_a_basis_expresses_is_the_xor_of_the_rows_it_names(rows: list[int], chosen: int) -> None:
    target = 0
    for place, row in enumerate(rows):
        target ^= row if chosen >> place & 1 else 0
    made_of = Basis(rows).express(target)
    assert made_of is not None
    for place, row in enumerate(rows):
        target ^= row if made_of >> place & 1 else 0
    assert target == 0
