"""What a custodian signs: receipts for laptops, and the notes beside its shares."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Terms:
    """What every receipt admits: `practice`, a stand-in that locks nothing; `administered`, somebody can log in."""

    practice: bool
    administered: bool
