"""Getting a share back, and destroying it: what the bearers of a drop's own secrets may do."""

from collections.abc import Callable
from dataclasses import dataclass

from ddb_contract.shares import ShareHeader


@dataclass(frozen=True)
class Content:
    """A share that may be collected. `read` gives one stripe; it raises BadRange, Gone or Failing."""

    header: ShareHeader
    read: Callable[[int], bytes]
