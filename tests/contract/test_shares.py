import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddb_contract.shares import (
    GRAIN,
    HEADER_SIZE,
    MAX_SEALED,
    STRIPE,
    ShareHeader,
    leaf,
    root,
    stripe_count,
    stripe_length,
)
from strategies import share_headers

HEADER = ShareHeader(2, 3, 0, bytes(range(16)), 66_240)


@given(share_headers())
def test_a_header_reads_back(header: ShareHeader) -> None:
    assert len(header.pack()) == HEADER_SIZE
    assert ShareHeader.unpack(header.pack()) == header
    assert header.outer == (header.index >= 16)


@given(share_headers(), st.integers(0, HEADER_SIZE - 1), st.integers(1, 255))
def test_a_changed_header_is_refused_or_another(header: ShareHeader, place: int, flip: int) -> None:
    changed = bytearray(header.pack())
    changed[place] ^= flip
    try:
        assert ShareHeader.unpack(bytes(changed)) != header
    except ValueError:
        assert True


@pytest.mark.parametrize("place", [0, 7, 8, 36, 47])
def test_magic_version_and_fill_are_fixed(place: int) -> None:
    changed = bytearray(HEADER.pack())
    changed[place] ^= 1
    with pytest.raises(ValueError, match="version 1"):
        ShareHeader.unpack(bytes(changed))


@pytest.mark.parametrize("size", [0, 47, 49, 96])
def test_a_header_is_48_bytes(size: int) -> None:
    with pytest.raises(ValueError, match="48"):
        ShareHeader.unpack(bytes(size))


@pytest.mark.parametrize(
    ("k", "n", "index", "size"),
    [
        (0, 3, 0, 66_240),
        (4, 3, 0, 66_240),
        (2, 17, 0, 66_240),
        (2, 3, 3, 66_240),
        (2, 3, 239, 66_240),
        (2, 3, 0, 65_280),
        (2, 3, 0, 66_241),
        (2, 3, 0, MAX_SEALED + GRAIN),
    ],
)
def test_an_impossible_header_is_refused(k: int, n: int, index: int, size: int) -> None:
    with pytest.raises(ValueError, match="impossible"):
        ShareHeader.unpack(ShareHeader(k, n, index, bytes(16), size).pack())


@given(st.integers(1, 4 * STRIPE))
def test_stripes_add_up_to_the_size(size: int) -> None:
    lengths = [stripe_length(size, stripe) for stripe in range(stripe_count(size))]
    assert sum(lengths) == size
    assert all(length == STRIPE for length in lengths[:-1])
    assert lengths[-1] > 0


@pytest.mark.parametrize("stripe", [-1, 1])
def test_there_is_no_such_stripe(stripe: int) -> None:
    with pytest.raises(IndexError):
        stripe_length(66_240, stripe)


def test_a_leaf_is_bound_to_its_place() -> None:
    assert leaf(0, b"x") != leaf(1, b"x")
    assert leaf(5, memoryview(b"xy")) == hashlib.sha256(b"ddb1/leaf\0" + (5).to_bytes(8, "big") + b"xy").digest()


def test_a_root_is_of_the_header_and_of_every_leaf_in_order() -> None:
    a, b = leaf(0, b"a"), leaf(1, b"b")
    other = ShareHeader(2, 3, 1, HEADER.drop, HEADER.size)
    assert (
        len({root(HEADER, [a, b]), root(HEADER, [b, a]), root(HEADER, [a]), root(HEADER, []), root(other, [a, b])}) == 5
    )
