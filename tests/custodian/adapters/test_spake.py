"""The pairing's mathematics in a child process."""

import pytest

from ddb_contract.pairing import LaptopSide, PairingFailed
from ddb_custodian.adapters.entropy import system_entropy
from ddb_custodian.adapters.spake import ChildExchange
from fakes_custodian import FakeSigner

SPKI = FakeSigner().spki


def test_with_the_same_code_both_sides_have_the_same_keys_and_with_another_they_have_not() -> None:
    for code, agreed in (("3142", True), ("3143", False)):
        laptop = LaptopSide(code, SPKI, system_entropy)
        message, keys = ChildExchange(SPKI)("3142", laptop.message)
        assert (laptop.keys(message) == keys) is agreed


@pytest.mark.parametrize("offer", [b"", b"A" + bytes(31), b"A" + bytes(32), b"B" + bytes(32)])
def test_what_is_no_pairing_message_is_refused(offer: bytes) -> None:
    with pytest.raises(PairingFailed):
        ChildExchange(SPKI)("3142", offer)
