"""The log: one entry for each thing that happened, none for what was refused."""

from ddb_contract.chain import link
from ddb_contract.messages import LogEntry
from ddb_custodian.ports import Shelf


def record(shelf: Shelf, at: float, event: str, subject: str) -> LogEntry:
    """Within a transaction: appends what happened to the chain. `subject`: a drop (base32), or a laptop's id, name."""
    entry = link(shelf.log_end(), at, event, subject)
    shelf.append_log(entry)
    return entry
