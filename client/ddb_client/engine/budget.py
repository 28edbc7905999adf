"""How much the engine takes of the machine: threads and memory, the same for a drop of any size."""

import os

from ddb_contract.shares import STRIPE

WORKERS = min(2, os.cpu_count() or 1)
"""Threads that compute. Each sink and each source has a thread of its own besides, for waiting."""
_MEMORY = 40 * 1024 * 1024


def window(buffers: int) -> int:
    """How many stripes may be under way when each takes `buffers` stripe-sized buffers: at least one per worker."""
    return max(WORKERS, _MEMORY // (buffers * STRIPE))
