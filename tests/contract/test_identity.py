from datetime import datetime

import pytest
from Crypto.PublicKey import ECC
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from ddb_contract.identity import ID_LENGTH, custodian_id, sign, spki_of_certificate, verified
from ddb_contract.messages import Receipt, SignedReceipt
from ddb_contract.receipts import PURPOSE, read_receipt
from ddb_contract.text import b32, b64

KEY = ECC.construct(curve="P-256", d=0x1234567890ABCDEF)
OTHER = ECC.construct(curve="P-256", d=0xFEDCBA0987654321)


def spki(key: ECC.EccKey) -> bytes:
    return bytes(key.public_key().export_key(format="DER"))


def certificate(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "custodian")])
    built = x509.CertificateBuilder(name, name, key.public_key(), 1, datetime(2020, 1, 1), datetime(9999, 12, 31))
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return built.sign(key, algorithm).public_bytes(serialization.Encoding.DER)


def receipt() -> Receipt:
    return Receipt(
        type="locked",
        drop=b32(bytes(16)),
        id=custodian_id(spki(KEY)),
        index=0,
        size=66_240,
        root=b64(bytes(32)),
        condition="after 3d",
        rights=b64(bytes(32)),
        custody_at=1.5,
        round_target=None,
        log_seq=7,
        log_head=b64(bytes(32)),
        practice=True,
        administered=False,
    )


def signed(payload: str, key: ECC.EccKey = KEY) -> SignedReceipt:
    return SignedReceipt(payload=payload, spki=b64(spki(key)), sig=b64(sign(key, PURPOSE, payload.encode())))


def test_a_signature_holds_for_its_key_purpose_and_payload_only() -> None:
    signature = sign(KEY, b"purpose", b"payload")
    assert len(signature) == 64
    assert verified(spki(KEY), b"purpose", b"payload", signature)
    assert not verified(spki(OTHER), b"purpose", b"payload", signature)
    assert not verified(spki(KEY), b"other", b"payload", signature)
    assert not verified(spki(KEY), b"purpose", b"payloae", signature)
    assert not verified(spki(KEY), b"purpose\0payload", b"", signature)


@pytest.mark.parametrize("signature", [b"", bytes(64), bytes(63), bytes(65), b"\xff" * 64])
def test_a_malformed_signature_verifies_nothing(signature: bytes) -> None:
    assert not verified(spki(KEY), b"purpose", b"payload", signature)


@pytest.mark.parametrize("key", [b"", b"\x30", b"rubbish", spki(KEY)[:-1]])
def test_a_malformed_key_verifies_nothing(key: bytes) -> None:
    assert not verified(key, b"purpose", b"payload", sign(KEY, b"purpose", b"payload"))


def test_the_id_is_the_same_from_key_and_certificate() -> None:
    key = ec.derive_private_key(0x1234567890ABCDEF, ec.SECP256R1())
    assert spki_of_certificate(certificate(key)) == spki(KEY)
    assert len(custodian_id(spki(KEY))) == ID_LENGTH


@pytest.mark.parametrize(
    "key", [ec.derive_private_key(5, ec.SECP384R1()), ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))]
)
def test_a_certificate_of_another_kind_of_key_is_refused(
    key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey,
) -> None:
    with pytest.raises(ValueError, match="P-256"):
        spki_of_certificate(certificate(key))


def test_a_receipt_reads_back() -> None:
    payload = receipt().model_dump_json()
    assert read_receipt(signed(payload), spki(KEY), custodian_id(spki(KEY))) == receipt()


def test_a_receipt_of_another_key_or_with_another_word_is_refused() -> None:
    payload = receipt().model_dump_json()
    with pytest.raises(ValueError, match="not this custodian's"):
        read_receipt(signed(payload, OTHER), spki(OTHER), custodian_id(spki(KEY)))
    with pytest.raises(ValueError, match="signature"):
        read_receipt(signed(payload, OTHER), spki(KEY), custodian_id(spki(KEY)))
    changed = signed(payload).model_copy(update={"payload": payload.replace("after 3d", "after 3s")})
    with pytest.raises(ValueError, match="signature"):
        read_receipt(changed, spki(KEY), custodian_id(spki(KEY)))


@pytest.mark.parametrize("payload", ["", "[]", '{"v":1}', "[" * 5000])
def test_a_signed_payload_that_is_no_receipt_is_refused(payload: str) -> None:
    with pytest.raises(ValueError, match="validation error"):
        read_receipt(signed(payload), spki(KEY), custodian_id(spki(KEY)))
