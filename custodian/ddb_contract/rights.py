"""Rights: one secret per verb and custodian, derived from the seeds of a drop; custodians keep digests only.

So no custodian can use at another what it was shown, and holding one right gives no other.
"""

import hashlib
import hmac
from enum import StrEnum

from Crypto.Hash import SHA256
from Crypto.Protocol.KDF import HKDF

from ddb_contract.text import b64, length_prefixed, unb64

SEED_SIZE = 32
SECRET_SIZE = 32
APPROVAL_SIZE = 16
SCHEME = "DDB"


class Verb(StrEnum):
    """What a secret lets its bearer do. `laptop` is a pairing's token: it deposits, and nothing else."""

    LAPTOP = "laptop"
    CLAIM = "claim"
    EXTEND = "extend"
    DESTROY = "destroy"
    APPROVE = "approve"


def hkdf(master: bytes, size: int, salt: bytes, info: bytes) -> bytes:
    """HKDF-SHA256 (RFC 5869): `size` bytes."""
    return bytes(HKDF(master, size, salt, SHA256, 1, info))


def secret(seed: bytes, verb: Verb, drop: bytes, custodian: str) -> bytes:
    """The 32-byte secret that proves `verb` on `drop` to this one custodian."""
    return hkdf(seed, SECRET_SIZE, drop, length_prefixed(b"ddb1/secret", verb.encode(), custodian.encode()))


def secret_hash(verb: Verb, value: bytes) -> bytes:
    """What the custodian keeps of a secret."""
    return hashlib.sha256(length_prefixed(b"ddb1/hash", verb.encode(), value)).digest()


def proves(verb: Verb, value: bytes, kept: bytes) -> bool:
    """Whether `value` is the secret that `kept` is the digest of; in constant time."""
    return hmac.compare_digest(secret_hash(verb, value), kept)


def approval_hash(drop: bytes, seed: bytes) -> bytes:
    """What every custodian of a drop keeps of one approver's code, whose 16-byte `seed` stands for this drop alone."""
    return hashlib.sha256(length_prefixed(b"ddb1/hash", Verb.APPROVE.encode(), drop, seed)).digest()


def rights_digest(hashes: list[bytes]) -> bytes:
    """The receipt's one digest over all kept hashes, in no order."""
    return hashlib.sha256(b"".join(sorted(hashes))).digest()


def lookup_name(claim_seed: bytes) -> bytes:
    """The 16-byte name under which every custodian keeps the sealed ticket."""
    return hkdf(claim_seed, 16, b"", b"ddb1/lookup")


def ticket_key(claim_seed: bytes) -> bytes:
    """The AES-256 key of the sealed ticket."""
    return hkdf(claim_seed, 32, b"", b"ddb1/ticket")


def authorization(verb: Verb, value: bytes) -> str:
    """The `Authorization` header that carries a secret."""
    return f"{SCHEME} {verb} {b64(value)}"


def parse_authorization(header: str) -> tuple[Verb, bytes]:
    """The verb and secret of an `Authorization` header. Raises ValueError on anything else."""
    scheme, verb, text = header.split(" ")
    value = unb64(text)
    if scheme != SCHEME or len(value) != (APPROVAL_SIZE if verb == Verb.APPROVE else SECRET_SIZE):
        raise ValueError("not a DeadDropBox authorization")
    return Verb(verb), value
