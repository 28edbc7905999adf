"""An approver's code as a person carries it: 16 bytes and a checksum in base32, in groups of five with dashes.

It can do nothing but approve one drop.
"""

import hashlib

from ddb_contract.rights import APPROVAL_SIZE
from ddb_contract.text import b32, unb32

_CHECK_SIZE = 2
_GROUP = 5
_MISREAD = str.maketrans("018", "olb")


def code_of(seed: bytes) -> str:
    """The code to print: 29 characters in six groups, upper case."""
    text = b32(seed + _check(seed)).upper()
    return "-".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))


def seed_of(code: str) -> bytes:
    """The 16-byte seed of a code as somebody typed it: case, spaces and dashes don't matter, 0, 1 and 8 are O, L and B.

    Raises ValueError when the checksum is wrong.
    """
    text = "".join(letter for letter in code.lower() if letter not in " -\t\n").translate(_MISREAD)
    value = unb32(text)
    seed, check = value[:APPROVAL_SIZE], value[APPROVAL_SIZE:]
    if len(value) != APPROVAL_SIZE + _CHECK_SIZE or check != _check(seed):
        raise ValueError("this is no approval code; was a character misread?")
    return seed


def _check(seed: bytes) -> bytes:
    return hashlib.sha256(b"ddb1/approval\0" + seed).digest()[:_CHECK_SIZE]
