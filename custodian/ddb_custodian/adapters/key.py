"""The custodian's key and its certificate: made once, at the first start."""

from datetime import UTC, datetime
from pathlib import Path

from Crypto.PublicKey import ECC

from ddb_contract.identity import custodian_id, sign, spki_of_certificate
from ddb_contract.problems import Failing
from ddb_custodian.adapters.files import private_folder, refusals, replace_file


class KeyFiles:
    """A `Signer` over `key.pem` and `cert.pem` (PEM, 0600) in `folder`; makes what is missing.

    Raises Failing for a key that can't be read, and for a certificate without its key: a custodian that lost its key
    must not pretend to be another.
    """

    def __init__(self, folder: Path) -> None:
        self.key, self.certificate = folder / "key.pem", folder / "cert.pem"
        with refusals():
            private_folder(folder)
            if not self.key.exists():
                self._make_key()
            self._private = _read_key(self.key)
            self.spki = bytes(self._private.public_key().export_key(format="DER"))
            self.id = custodian_id(self.spki)
            if not self._certified():
                replace_file(self.certificate, _make_certificate(self.key.read_bytes(), self.id))

    def sign(self, purpose: bytes, payload: bytes) -> bytes:
        return sign(self._private, purpose, payload)

    def _make_key(self) -> None:
        if self.certificate.exists():
            raise Failing(
                f"{self.key} is lost; put it back, or move {self.certificate} away to begin as a new custodian"
            )
        replace_file(self.key, ECC.generate(curve="P-256").export_key(format="PEM").encode())

    def _certified(self) -> bool:
        try:
            return spki_of_certificate(self.certificate.read_bytes()) == self.spki
        except (FileNotFoundError, ValueError):
            return False


def _read_key(path: Path) -> ECC.EccKey:
    try:
        key = ECC.import_key(path.read_text())
        if key.has_private() and key.curve == "NIST P-256":
            return key
    except (ValueError, UnicodeDecodeError):
        pass
    raise Failing(f"{path} holds no key that can be read")


def _make_certificate(key: bytes, custodian: str) -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

    private = load_pem_private_key(key, None)
    assert isinstance(private, EllipticCurvePrivateKey)
    host = f"ddb-{custodian[:8]}"
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    certificate = (
        x509.CertificateBuilder(name, name, private.public_key(), x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(f"{host}.local")]), critical=False)
        .sign(private, SHA256())
    )
    return certificate.public_bytes(Encoding.PEM)
