from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ddb_contract.pairing import CustodianSide, LaptopSide, PairingFailed, PairingKeys, make_code, valid_code
from strategies import random_bytes

SPKI = b"a custodian's public key"


def entropy(seed: str) -> Callable[[int], bytes]:
    draws = iter(range(1000))
    return lambda size: random_bytes(size, f"{seed}{next(draws)}")


def meet(laptop_code: str, custodian_code: str, seen: bytes = SPKI) -> tuple[PairingKeys, PairingKeys]:
    laptop = LaptopSide(laptop_code, seen, entropy("laptop"))
    custodian = CustodianSide(custodian_code, SPKI, entropy("custodian"))
    return laptop.keys(custodian.message), custodian.keys(laptop.message)


def test_the_right_code_gives_both_the_same_keys_each_different() -> None:
    one, other = meet("3142", "3142")
    assert one == other
    assert len({one.client_proof, one.server_proof, one.token}) == 3
    assert {len(one.client_proof), len(one.server_proof), len(one.token)} == {32}


def test_a_wrong_code_gives_other_keys() -> None:
    one, other = meet("3142", "3143")
    assert one.client_proof != other.client_proof
    assert one.server_proof != other.server_proof
    assert one.token != other.token


def test_a_man_in_the_middle_with_another_tls_key_gets_other_keys() -> None:
    one, other = meet("3142", "3142", seen=b"the key of somebody between")
    assert one.client_proof != other.client_proof
    assert one.token != other.token


def test_two_sessions_never_share_keys() -> None:
    first = LaptopSide("3142", SPKI, entropy("one"))
    second = LaptopSide("3142", SPKI, entropy("two"))
    custodian = CustodianSide("3142", SPKI, entropy("custodian"))
    assert first.keys(custodian.message) != second.keys(custodian.message)
    assert first.message != second.message


@pytest.mark.parametrize("message", [b"", b"B", b"B" + bytes(31), b"B" + b"\xff" * 32, bytes(33), b"\0" * 300])
def test_what_is_no_pairing_message_is_refused(message: bytes) -> None:
    with pytest.raises(PairingFailed):
        LaptopSide("3142", SPKI, entropy("laptop")).keys(message)


def test_ones_own_message_sent_back_is_refused() -> None:
    laptop = LaptopSide("3142", SPKI, entropy("laptop"))
    with pytest.raises(PairingFailed):
        laptop.keys(laptop.message)


@settings(deadline=None, max_examples=20)
@given(st.binary(max_size=40))
@example(b"Az")  # no point of the curve
def test_no_message_ends_in_another_error(message: bytes) -> None:
    with suppress(PairingFailed):
        CustodianSide("3142", SPKI, entropy("custodian")).keys(message)


@given(st.binary(min_size=64, max_size=64))
def test_a_made_code_can_be_blinked(pool: bytes) -> None:
    bytes_left = iter(pool + bytes(4))
    code = make_code(lambda size: bytes([next(bytes_left)]))
    assert valid_code(code)


def test_each_digit_is_as_likely_as_any_other() -> None:
    def digits(byte: int) -> str:
        draws = iter([byte, 0, 0, 0, 0])
        return make_code(lambda _: bytes([next(draws)]))

    counts = [sum(digits(byte)[0] == d for byte in range(252)) for d in "123456"]
    assert counts == [42] * 6
    assert digits(252) == digits(255) == "1111"


@pytest.mark.parametrize("code", ["", "314", "31421", "3147", "0123", "31 2", "३१४२", "3142\n"])
def test_anything_else_is_no_code(code: str) -> None:
    assert not valid_code(code)
