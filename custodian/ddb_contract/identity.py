"""Who a custodian is: a P-256 key. Its id is the digest of the public key, and receipts are signed with it."""

import hashlib

from Crypto.Hash import SHA256
from Crypto.PublicKey import ECC
from Crypto.Signature import DSS

from ddb_contract.text import b32

ID_LENGTH = 52
"""Characters of a custodian's id."""


def custodian_id(spki: bytes) -> str:
    """The id: base32 of SHA-256 of the DER SubjectPublicKeyInfo."""
    return b32(hashlib.sha256(spki).digest())


def spki_of_certificate(der: bytes) -> bytes:
    """The DER SubjectPublicKeyInfo of a certificate's P-256 key. Raises ValueError for any other certificate."""
    key = ECC.import_key(der)
    if key.curve != "NIST P-256":
        raise ValueError("not a P-256 key")
    return bytes(key.public_key().export_key(format="DER"))


def sign(private_key: ECC.EccKey, purpose: bytes, payload: bytes) -> bytes:
    """r ‖ s (64 bytes) over purpose ‖ 0x00 ‖ payload: ECDSA, P-256, SHA-256, deterministic (RFC 6979)."""
    return DSS.new(private_key, "deterministic-rfc6979").sign(SHA256.new(purpose + b"\0" + payload))


def verified(spki: bytes, purpose: bytes, payload: bytes, signature: bytes) -> bool:
    """Whether `signature` is that key's over purpose ‖ 0x00 ‖ payload. A malformed key verifies nothing."""
    try:
        DSS.new(ECC.import_key(spki), "fips-186-3").verify(SHA256.new(purpose + b"\0" + payload), signature)
    except ValueError:
        return False
    return True
