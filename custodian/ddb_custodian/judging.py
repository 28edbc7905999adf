"""What a custodian knows of a share when it judges."""

from ddb_contract.conditions import Facts, Verdict
from ddb_contract.messages import VerdictMessage
from ddb_custodian.ports import Deposit


def facts(deposit: Deposit, now: float, *, pressed: bool = False, near: bool = False) -> Facts | None:
    """At custody time `now`, for a claim that was `pressed` for or is `near`; None for a share never locked."""
    if deposit.locked_at is None:
        return None
    return Facts(max(0.0, now - deposit.locked_at), frozenset(map(str, deposit.approved)), pressed, near)


def told(verdict: Verdict) -> VerdictMessage:
    """The verdict on the wire."""
    return VerdictMessage(holds=verdict.holds, reasons=list(verdict.reasons), next_change=verdict.next_change)
