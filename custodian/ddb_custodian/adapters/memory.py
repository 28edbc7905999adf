"""What keeps the process small; to be called before anything else is imported or started."""

import ctypes
import sys

_M_ARENA_MAX, _ARENAS = -8, 2


def spare_memory() -> None:
    """Without effect where it doesn't apply."""
    # pycryptodome binds through cffi if it is there; ctypes, which zeroconf loads anyway, takes 2 MB less
    sys.modules["cffi"] = None  # type: ignore[assignment]
    # glibc gives every thread a heap that keeps what was freed; two for all are as fast, and 3 MB smaller after uploads
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, _ARENAS)
