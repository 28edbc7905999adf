"""A ticket under a passphrase: scrypt, then AES-256-GCM. Its parameters are fixed, so a file can't ask for others."""

from typing import Annotated, Final, Literal
from unicodedata import normalize

from Crypto.Cipher import AES
from Crypto.Protocol.KDF import scrypt
from pydantic import Field

from ddb_client.errors import BadTicket
from ddb_contract.messages import B64x16, Message
from ddb_contract.text import b64, unb64

SALT_SIZE, NONCE_SIZE = 16, 12
_N: Final = 32_768
_R: Final = 8
_P: Final = 3


class Sealed(Message):
    """scrypt's parameters and what lies under the key it gives. `sealed`: ciphertext ‖ tag (16 bytes)."""

    kdf: Literal["scrypt"]
    n: Annotated[int, Field(ge=_N, le=_N)]
    r: Annotated[int, Field(ge=_R, le=_R)]
    p: Annotated[int, Field(ge=_P, le=_P)]
    salt: B64x16
    nonce: Annotated[str, Field(max_length=16)]
    sealed: Annotated[str, Field(max_length=1 << 20)]


class ProtectedTicket(Message):
    """A ticket file that a passphrase opens."""

    protected: Sealed


def seal_under(passphrase: str, plain: bytes, salt: bytes, nonce: bytes) -> ProtectedTicket:
    """Takes about half a second and 32 MiB. `salt` 16 bytes, `nonce` 12 bytes, both fresh."""
    cipher = AES.new(_key(passphrase, salt), AES.MODE_GCM, nonce=nonce)
    body, tag = cipher.encrypt_and_digest(plain)
    return ProtectedTicket(
        protected=Sealed(kdf="scrypt", n=_N, r=_R, p=_P, salt=b64(salt), nonce=b64(nonce), sealed=b64(body + tag))
    )


def open_under(passphrase: str, ticket: ProtectedTicket) -> bytes:
    """Inverse of `seal_under`. Raises BadTicket for another passphrase or a damaged file."""
    sealed = ticket.protected
    try:
        data = unb64(sealed.sealed)
        cipher = AES.new(_key(passphrase, unb64(sealed.salt)), AES.MODE_GCM, nonce=unb64(sealed.nonce))
        return cipher.decrypt_and_verify(data[:-16], data[-16:])
    except ValueError as error:
        raise BadTicket("the passphrase is wrong, or the ticket is damaged") from error


def _key(passphrase: str, salt: bytes) -> bytes:
    key = scrypt(normalize("NFC", passphrase).encode(), salt, 32, _N, _R, _P)
    assert isinstance(key, bytes)
    return key
