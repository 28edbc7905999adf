"""How much the engine takes of the machine: threads and memory, the same for a drop of any size."""

import os

from ddb_contract.shares import STRIPE

WORKERS = min(2, os.cpu_count() or 1)
"""Threads that compute. Each sink and each source has a thread of its own besides, for waiting."""
_MEMORY = 40 * 1024 * 1024


def window(buffers: int) -> int:
    """How many stripes may be under way when each takes `buffers` stripe-sized buffers: at least one per worker."""
    return max(WORKERS, _MEMORY // (buffers * STRIPE))


def keep_buffers() -> None:
    """Lets the C library reuse freed stripes rather than return them to the system, which costs a fifth of the time.

    glibc sets its limits by the largest block freed so far. This one is never touched, so it takes no memory.
    """
    bytes(16 * 1024 * 1024)
