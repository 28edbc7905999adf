"""The custodian's key and its certificate: made once, at the first start."""

from pathlib import Path


class KeyFiles:
    """A `Signer` over `key.pem` and `cert.pem` (PEM, 0600) in `folder`; makes what is missing."""

    id: str
    spki: bytes
    key: Path
    certificate: Path

    def __init__(self, folder: Path) -> None:
        raise NotImplementedError

    def sign(self, purpose: bytes, payload: bytes) -> bytes:
        raise NotImplementedError
