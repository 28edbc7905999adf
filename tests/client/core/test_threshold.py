from collections.abc import Sequence
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddb_client.core.gf import members
from ddb_client.core.programme import PART, compile_programme
from ddb_client.core.threshold import Scheme
from ddb_contract.shares import GRAIN
from strategies import random_bytes, schemes


@settings(deadline=None)
@given(schemes(), st.integers(1, 3), st.data())
def test_any_k_pieces_with_all_outer_ones_give_the_stripe_back(
    scheme: Scheme, grains: int, data: st.DataObject
) -> None:
    stripe = random_bytes(grains * GRAIN, 1)
    pieces = dict(
        zip(scheme.indices, scheme.split(stripe, random_bytes(scheme.randomness(len(stripe)), 2)), strict=True)
    )
    group = data.draw(st.lists(st.sampled_from(range(scheme.n)), min_size=scheme.k, unique=True))
    chosen = {index: piece for index, piece in pieces.items() if index in group or index >= scheme.n}
    assert bytes(scheme.join(chosen)) == stripe
    assert all(len(piece) == len(stripe) for piece in pieces.values())


@pytest.mark.parametrize(("k", "n", "outer"), [(2, 3, 0), (3, 5, 0), (4, 4, 0), (1, 3, 1), (2, 4, 2)])
def test_a_stripe_longer_than_a_part_joins(k: int, n: int, outer: int) -> None:
    scheme = Scheme(k, n, outer)
    stripe = random_bytes(5 * PART + GRAIN * 64, 3)
    stripe = stripe[: len(stripe) // GRAIN * GRAIN]
    pieces = dict(
        zip(scheme.indices, scheme.split(stripe, random_bytes(scheme.randomness(len(stripe)), 4)), strict=True)
    )
    for group in combinations(range(n), k):
        assert bytes(scheme.join({i: pieces[i] for i in pieces if i in group or i >= n})) == stripe


@given(schemes(), st.data())
def test_too_few_pieces_are_not_joined(scheme: Scheme, data: st.DataObject) -> None:
    chosen = data.draw(st.sets(st.sampled_from(scheme.indices)))
    enough = len([i for i in chosen if i < scheme.n]) >= scheme.k and {i for i in scheme.indices if i > 15} <= chosen
    assert scheme.sufficient(chosen) == enough
    if not enough:
        with pytest.raises(ValueError, match="too few"):
            scheme.join({index: bytes(GRAIN) for index in chosen})


def test_outer_pieces_count_down_from_255() -> None:
    assert Scheme(2, 3, 2).indices == [0, 1, 2, 255, 254]


@pytest.mark.parametrize(("k", "n", "outer"), [(0, 1, 0), (4, 3, 0), (2, 17, 0), (2, 3, -1), (2, 3, 17)])
def test_an_impossible_threshold_is_refused(k: int, n: int, outer: int) -> None:
    with pytest.raises(ValueError, match="no threshold"):
        Scheme(k, n, outer)


@pytest.mark.parametrize("size", [0, GRAIN, 3 * GRAIN])
def test_pads_of_another_length_are_refused(size: int) -> None:
    with pytest.raises(ValueError, match="pads"):
        Scheme(3, 5).split(bytes(GRAIN), bytes(size))


def test_with_all_needed_the_pieces_are_pads_and_their_xor_with_the_stripe() -> None:
    stripe, pads = random_bytes(GRAIN, 5), random_bytes(2 * GRAIN, 6)
    first, second, last = (bytes(piece) for piece in Scheme(3, 3).split(stripe, pads))
    assert (first, second) == (pads[:GRAIN], pads[GRAIN:])
    assert last == bytes(a ^ b ^ c for a, b, c in zip(stripe, first, second, strict=True))


def test_copies_are_the_stripe() -> None:
    assert [bytes(piece) for piece in Scheme(1, 2).split(b"x" * GRAIN, b"")] == [b"x" * GRAIN] * 2


@given(st.sets(st.integers(1, 2**10 - 1).filter(lambda row: row.bit_count() > 1), min_size=1, max_size=12).map(sorted))
def test_a_programme_makes_the_xor_of_each_target(targets: Sequence[int]) -> None:
    blocks = [random_bytes(8, column) for column in range(10)]
    made = [bytearray(8) for _ in targets]
    compile_programme(targets, 10).run([memoryview(b) for b in blocks], [memoryview(m) for m in made])
    for target, out in zip(targets, made, strict=True):
        chosen = [int.from_bytes(blocks[column]) for column in members(target)]
        expected = 0
        for block in chosen:
            expected ^= block
        assert int.from_bytes(out) == expected


@pytest.mark.parametrize(("k", "n", "most"), [(2, 3, 2.0), (3, 5, 8.0), (4, 7, 17.7)])
def test_sharing_sub_terms_spares_passes(k: int, n: int, most: float) -> None:
    from ddb_client.core.threshold import piece_rows, symbol_width

    scheme = Scheme(k, n)
    targets = [row for index in range(1, n) for row in piece_rows(scheme)[index]]
    w = symbol_width(scheme)
    assert len(compile_programme(targets, k * w).steps) / w <= most
