"""Sealed sizes: Padmé (Nikitin and others, PoPETs 2019), so that a size tells little, at a cost of at most 12 %."""

from ddb_contract.shares import GRAIN, STRIPE

TAG_SIZE = 16
SEAL_HEADER = 64
MIN_SIZE = 65_536


def padme(size: int) -> int:
    """The least size of Padmé's at or above `size` (at least 2): log2 log2 of it are its significant bits."""
    exponent = size.bit_length() - 1
    free = exponent - exponent.bit_length()
    mask = (1 << free) - 1
    return (size + mask) & ~mask


def sealed_size(pack_size: int) -> int:
    """Bytes of the sealed stream of a pack: header, tags and zero fill included; a multiple of 960."""
    least = max(MIN_SIZE, padme(_bare_size(pack_size)))
    return -(-least // GRAIN) * GRAIN


def _bare_size(pack_size: int) -> int:
    """The least m with m = 64 + pack + 16·⌈m/L⌉."""
    size = 0
    while size != (size := SEAL_HEADER + pack_size + TAG_SIZE * -(-max(size, 1) // STRIPE)):
        pass
    return size
