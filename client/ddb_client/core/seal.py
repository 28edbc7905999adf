"""The seal: AES-256-GCM per stripe in the STREAM construction, at Padmé sizes. docs/protocol/seal.md.

Stripe 0 begins with the header: "DDBSEAL1" ‖ u8 suite 1 ‖ 7 zero bytes ‖ drop id (16) ‖ salt (32).
"""

from Crypto.Cipher import AES
from Crypto.Cipher._mode_gcm import GcmMode

from ddb_client.core.padme import TAG_SIZE, sealed_size
from ddb_client.errors import BadShare, SourceChanged
from ddb_contract.rights import hkdf
from ddb_contract.shares import stripe_count, stripe_length

Buffer = bytes | bytearray | memoryview

KEY_SIZE = SALT_SIZE = 32
DROP_SIZE = 16
HEADER_SIZE = 64
_START = b"DDBSEAL1\x01" + bytes(7)


class _Stream:
    """One drop's sealed stream of `size` bytes: a key, and a nonce for every stripe."""

    def __init__(self, data_key: bytes, header: bytes, size: int) -> None:
        material = hkdf(data_key, 39, header[-SALT_SIZE:], b"ddb1/seal")
        self._key, self._prefix, self._header = material[:32], material[32:], header
        self._last = stripe_count(size) - 1

    def cipher(self, stripe: int) -> GcmMode:
        nonce = self._prefix + stripe.to_bytes(4, "big") + bytes([stripe == self._last])
        return AES.new(self._key, AES.MODE_GCM, nonce=nonce).update(self._header)


class Seal:
    """Seals one pack of `pack_size` bytes. `size`: bytes of the sealed stream, cut into `stripes`."""

    def __init__(self, data_key: bytes, salt: bytes, drop: bytes, pack_size: int) -> None:
        if (len(data_key), len(salt), len(drop)) != (KEY_SIZE, SALT_SIZE, DROP_SIZE):
            raise ValueError("a data key is 32 bytes, a salt 32, a drop id 16")
        self.pack_size, self.size = pack_size, sealed_size(pack_size)
        self.stripes = stripe_count(self.size)
        self._header = _START + drop + salt
        self._stream = _Stream(data_key, self._header, self.size)

    def capacity(self, stripe: int) -> int:
        """Plaintext bytes that this stripe carries, the zero fill included."""
        return stripe_length(self.size, stripe) - TAG_SIZE - _head(stripe)

    def payload(self, stripe: int) -> int:
        """Bytes of the pack that this stripe carries; the rest of its capacity is zero fill."""
        before = self.capacity(0) + (stripe - 1) * self.capacity(1) if stripe > 1 else stripe * self.capacity(0)
        return max(0, min(self.capacity(stripe), self.pack_size - before))

    def seal(self, stripe: int, plaintext: Buffer) -> bytearray:
        """The sealed stripe. Raises SourceChanged unless `plaintext` is as long as its `payload`."""
        if len(plaintext) != self.payload(stripe):
            raise SourceChanged("what was read is longer or shorter than at first", "nothing was wiped; try again")
        start = _head(stripe)
        sealed = bytearray(stripe_length(self.size, stripe))
        sealed[:start] = self._header[:start]
        sealed[start : start + len(plaintext)] = plaintext
        body = memoryview(sealed)[start:-TAG_SIZE]
        cipher = self._stream.cipher(stripe)
        cipher.encrypt(body, output=body)
        sealed[-TAG_SIZE:] = cipher.digest()
        return sealed


class Opening:
    """Opens one drop's stripes. Stripe 0 comes first: it has the header that all others need.

    The plaintext is the pack and zeros; `pack.unpack` checks that the fill is nothing else.
    """

    def __init__(self, data_key: bytes, drop: bytes, size: int) -> None:
        self._data_key, self._drop, self._size = data_key, drop, size
        self._stream: _Stream | None = None

    def open(self, stripe: int, sealed: Buffer) -> bytearray:
        """The plaintext. Raises BadShare unless exactly this stripe of this drop was sealed with this key."""
        if not 0 <= stripe < stripe_count(self._size) or len(sealed) != stripe_length(self._size, stripe):
            raise BadShare(f"stripe {stripe} of the drop has a wrong length")
        stream = self._begin(bytes(sealed[:HEADER_SIZE])) if stripe == 0 else self._stream
        if stream is None:
            raise ValueError("stripe 0 is opened first")
        body = memoryview(sealed)[_head(stripe) : -TAG_SIZE]
        plaintext = bytearray(len(body))
        cipher = stream.cipher(stripe)
        cipher.decrypt(body, output=plaintext)
        try:
            cipher.verify(sealed[-TAG_SIZE:])
        except ValueError:
            raise BadShare(f"stripe {stripe} of the drop was altered or belongs to another drop") from None
        self._stream = stream
        return plaintext

    def _begin(self, header: bytes) -> _Stream:
        if not header.startswith(_START):
            raise BadShare("the shares don't join to a sealed drop of version 1")
        if header[len(_START) : -SALT_SIZE] != self._drop:
            raise BadShare("the shares belong to another drop than the ticket")
        return _Stream(self._data_key, header, self._size)


def _head(stripe: int) -> int:
    return HEADER_SIZE if stripe == 0 else 0
