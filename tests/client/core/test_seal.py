import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddb_client.core.padme import MIN_SIZE, padme, sealed_size
from ddb_client.core.seal import Opening, Seal
from ddb_client.errors import BadShare, SourceChanged
from ddb_contract.shares import GRAIN, STRIPE, stripe_count, stripe_length
from strategies import DATA_KEY, DROP, SALT, pack_sizes, random_bytes

EDGES = [0, 1, MIN_SIZE - 81, MIN_SIZE - 80, STRIPE - 81, STRIPE - 80, STRIPE - 79, 2 * STRIPE - 96, 2 * STRIPE - 95]


def sealed(pack: bytes) -> tuple[Seal, list[bytes]]:
    seal = Seal(DATA_KEY, SALT, DROP, len(pack))
    stripes, at = [], 0
    for stripe in range(seal.stripes):
        stripes.append(bytes(seal.seal(stripe, pack[at : at + seal.payload(stripe)])))
        at += seal.payload(stripe)
    assert at == len(pack)
    return seal, stripes


def opened(stripes: list[bytes], size: int, data_key: bytes = DATA_KEY, drop: bytes = DROP) -> bytes:
    opening = Opening(data_key, drop, size)
    return b"".join(opening.open(stripe, each) for stripe, each in enumerate(stripes))


@settings(deadline=None, max_examples=40)
@given(pack_sizes())
def test_what_was_sealed_opens_to_the_pack_and_zeros(size: int) -> None:
    pack = random_bytes(size, 1)
    seal, stripes = sealed(pack)
    plaintext = opened(stripes, seal.size)
    assert plaintext[:size] == pack
    assert not plaintext[size:].strip(b"\0")
    assert [len(each) for each in stripes] == [stripe_length(seal.size, s) for s in range(seal.stripes)]


@pytest.mark.parametrize("size", EDGES)
def test_edges_open(size: int) -> None:
    pack = random_bytes(size, 2)
    seal, stripes = sealed(pack)
    assert opened(stripes, seal.size)[:size] == pack


@given(st.integers(0, 2**50))
def test_the_sealed_size_is_the_least_that_the_format_allows(size: int) -> None:
    bare = next(m for m in _candidates(size) if m == 64 + size + 16 * -(-m // STRIPE))
    least = max(65_536, padme(bare))
    assert sealed_size(size) == next(s for s in range(least, least + GRAIN) if s % GRAIN == 0)
    assert sealed_size(size) <= max(MIN_SIZE + GRAIN, bare * 1.12 + GRAIN)


def _candidates(size: int) -> range:
    start = 64 + size
    tags = 16 * (start // STRIPE)
    return range(start + tags, start + tags + 16 * (2 + tags // STRIPE) + 1)


@given(st.integers(2, 2**60))
def test_padme_keeps_few_significant_bits(size: int) -> None:
    padded = padme(size)
    exponent = int(math.log2(size)) if size < 2**40 else size.bit_length() - 1
    assert size <= padded <= size * 1.12 + 1
    assert padded % (1 << exponent - (int(math.log2(exponent)) + 1 if exponent else 0)) == 0
    assert padme(padded) == padded


def test_padme_is_the_papers() -> None:
    assert [padme(size) for size in (8, 9, 10, 99, 1000, 5000, 1_000_000)] == [8, 10, 10, 104, 1024, 5120, 1_015_808]


@pytest.mark.parametrize("size", [0, 5, STRIPE, 2 * STRIPE])
def test_a_flipped_bit_anywhere_is_refused(size: int) -> None:
    seal, stripes = sealed(random_bytes(size, 3))
    for stripe, good in enumerate(stripes):
        for place in {0, 8, 9, 15, 16, 31, 32, 63, 64, len(good) // 2, len(good) - 16, len(good) - 1}:
            bad = bytearray(good)
            bad[place] ^= 1
            with pytest.raises(BadShare):
                opened([*stripes[:stripe], bytes(bad), *stripes[stripe + 1 :]], seal.size)


def test_a_missing_an_early_and_a_further_segment_are_refused() -> None:
    seal, stripes = sealed(random_bytes(2 * STRIPE + 5, 4))
    assert seal.stripes == 3
    with pytest.raises(BadShare):
        opened(stripes[:2], 2 * STRIPE)
    with pytest.raises(BadShare):
        opened([stripes[0], stripes[2]], STRIPE + len(stripes[2]))
    with pytest.raises(BadShare):
        opened([*stripes, bytes(GRAIN)], seal.size)
    with pytest.raises(BadShare):
        opened([*stripes[:2], stripes[2] + bytes(GRAIN)], seal.size)
    with pytest.raises(BadShare):
        opened([stripes[0], stripes[1][:-1], stripes[2]], seal.size)


def test_stripes_in_another_order_are_refused() -> None:
    seal, (first, second, third, fourth) = sealed(random_bytes(4 * STRIPE - 4 * GRAIN, 5))
    with pytest.raises(BadShare):
        opened([first, third, second, fourth], seal.size)


def test_another_key_and_another_drop_are_refused() -> None:
    seal, stripes = sealed(b"secret")
    with pytest.raises(BadShare, match="altered"):
        opened(stripes, seal.size, data_key=bytes(31) + b"\1")
    with pytest.raises(BadShare, match="another drop"):
        opened(stripes, seal.size, drop=bytes(16))


def test_another_suite_and_stray_header_bytes_are_refused() -> None:
    seal, (stripe,) = sealed(b"secret")
    for place in range(16):
        bad = bytearray(stripe)
        bad[place] ^= 2
        with pytest.raises(BadShare, match="version 1"):
            opened([bytes(bad)], seal.size)


@pytest.mark.parametrize("size", [99, 101])
def test_a_pack_longer_or_shorter_than_announced_is_refused(size: int) -> None:
    with pytest.raises(SourceChanged):
        Seal(DATA_KEY, SALT, DROP, 100).seal(0, bytes(size))


def test_stripe_0_is_opened_first() -> None:
    with pytest.raises(ValueError, match="first"):
        Opening(DATA_KEY, DROP, 2 * STRIPE).open(1, bytes(STRIPE))


def test_the_salt_and_the_stripes_place_change_every_byte() -> None:
    one, other = (Seal(DATA_KEY, salt, DROP, 9).seal(0, bytes(9)) for salt in (SALT, bytes(32)))
    assert sum(a == b for a, b in zip(one[64:], other[64:], strict=True)) < len(one) // 64
    assert stripe_count(len(one)) == 1
