"""The custodian's log is a hash chain: whoever saw one head can tell that nothing before it was changed."""

import hashlib
import json
from collections.abc import Iterable

from ddb_contract.messages import LogEntry
from ddb_contract.text import b64, unb64

GENESIS = bytes(32)
"""The head before the first entry."""


def link(previous: tuple[int, bytes], at: float, event: str, subject: str) -> LogEntry:
    """The entry that follows the one with that sequence number and head."""
    unlinked = LogEntry(seq=previous[0] + 1, at=at, event=event, subject=subject, head=b64(GENESIS))
    return unlinked.model_copy(update={"head": b64(_head(previous[1], unlinked))})


def unbroken(entries: Iterable[LogEntry]) -> bool:
    """Whether these entries, oldest first, are a whole log: counted from 1, each head made from the one before."""
    seq, head = 0, GENESIS
    for entry in entries:
        if entry.seq != seq + 1 or unb64(entry.head) != _head(head, entry):
            return False
        seq, head = entry.seq, unb64(entry.head)
    return True


def _head(previous: bytes, entry: LogEntry) -> bytes:
    rest = entry.model_dump(mode="json", exclude={"head"})
    return hashlib.sha256(previous + json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).digest()
