"""The share: its 48-byte header, its stripes, their leaves and the root over them.

One stripe is the unit of everything: sealed, split, hashed, sent, checked, joined and opened by itself.
"""

import hashlib
import struct
from collections.abc import Iterable
from dataclasses import dataclass

STRIPE = 983_040
"""Bytes in a stripe (2^16 · 15, so that it divides by every w of the threshold scheme); the last is shorter."""
GRAIN = 960
"""A sealed length is a multiple of this, so the last stripe divides too."""
MAX_SHARES = 16
MAX_SEALED = STRIPE * 2**32

_HEADER = struct.Struct(">8sBBBB16sQ12x")
HEADER_SIZE = _HEADER.size
_MAGIC, _VERSION = b"DDBSHARE", 1


@dataclass(frozen=True)
class ShareHeader:
    """What a share says of itself: `k` of `n`, its `index` (outer pieces count down from 255), its drop, its size.

    `size` is the sealed length in bytes; the share's body is exactly as long.
    """

    k: int
    n: int
    index: int
    drop: bytes
    size: int

    @property
    def stripes(self) -> int:
        return stripe_count(self.size)

    @property
    def outer(self) -> bool:
        return self.index >= MAX_SHARES

    def pack(self) -> bytes:
        return _HEADER.pack(_MAGIC, _VERSION, self.k, self.n, self.index, self.drop, self.size)

    @classmethod
    def unpack(cls, data: bytes) -> "ShareHeader":
        """Raises ValueError unless `data` is exactly what `pack` writes for a possible share."""
        if len(data) != HEADER_SIZE:
            raise ValueError("a share header is 48 bytes")
        magic, version, k, n, index, drop, size = _HEADER.unpack(data)
        header = cls(k, n, index, drop, size)
        if (magic, version) != (_MAGIC, _VERSION) or header.pack() != data:
            raise ValueError("not a share of version 1")
        if not 1 <= k <= n <= MAX_SHARES or not (index < n or index > 255 - MAX_SHARES):
            raise ValueError("a share header with an impossible threshold or index")
        if size % GRAIN or not 65_536 <= size <= MAX_SEALED:
            raise ValueError("a share header with an impossible size")
        return header


def stripe_count(size: int) -> int:
    """How many stripes a share of `size` bytes has."""
    return -(-size // STRIPE)


def stripe_length(size: int, stripe: int) -> int:
    """Bytes in that stripe of a share of `size` bytes. Raises IndexError if there is no such stripe."""
    if not 0 <= stripe < stripe_count(size):
        raise IndexError(stripe)
    return min(STRIPE, size - stripe * STRIPE)


def leaf(stripe: int, piece: bytes | bytearray | memoryview) -> bytes:
    """The 32-byte digest of one stripe of a share, bound to its place."""
    digest = hashlib.sha256(b"ddb1/leaf\0" + stripe.to_bytes(8, "big"))
    digest.update(piece)
    return digest.digest()


def root(header: ShareHeader, leaves: Iterable[bytes]) -> bytes:
    """The 32-byte digest of a whole share: of its header and all its leaves in order."""
    every = list(leaves)
    return hashlib.sha256(b"ddb1/root\0" + header.pack() + len(every).to_bytes(8, "big") + b"".join(every)).digest()
