"""The operating system's generator."""

import os


def system_entropy(size: int) -> bytes:
    return os.urandom(size)
