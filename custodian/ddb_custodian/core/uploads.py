"""What still keeps an upload from being a share. Raises Conflict, with the stripes named."""

from collections.abc import Sequence

from ddb_contract.problems import Conflict
from ddb_contract.shares import ShareHeader, root

NAMED = 8
"""Stripes named in a sentence; the rest are counted."""


def complete(leaves: Sequence[bytes | None]) -> list[bytes]:
    """The leaves, once all are there."""
    missing = [stripe for stripe, leaf in enumerate(leaves) if leaf is None]
    if missing:
        raise Conflict(f"{_named(missing)} never arrived")
    return [leaf for leaf in leaves if leaf is not None]


def same(written: Sequence[bytes], read: Sequence[bytes]) -> None:
    """Returns if the disk gives back what was written."""
    differing = [stripe for stripe, pair in enumerate(zip(written, read, strict=True)) if pair[0] != pair[1]]
    if differing:
        raise Conflict(f"{_named(differing)} came back from the disk changed; send again what differs")


def rooted(header: ShareHeader, leaves: Sequence[bytes], wanted: bytes) -> None:
    """Returns if the leaves make that root."""
    if root(header, leaves) != wanted:
        raise Conflict("the share that arrived here is not the one that was meant: its root differs")


def _named(stripes: Sequence[int]) -> str:
    words = ", ".join(map(str, stripes[:NAMED]))
    more = f" and {len(stripes) - NAMED} more" if len(stripes) > NAMED else ""
    return f"stripe {words}" if len(stripes) == 1 else f"stripes {words}{more}"
