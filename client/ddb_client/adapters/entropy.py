"""The operating system's generator."""

import os


def system_entropy(size: int) -> bytes:
    """`size` bytes from getrandom or what the platform has in its place; other threads run meanwhile."""
    return os.urandom(size)
