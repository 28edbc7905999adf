"""Every refusal a custodian can answer with: one stable code, one HTTP status, one sentence for people.

Refusal
├── Malformed 400      ├── Conflict 409       ├── Locked 423
├── NotPaired 401      ├── Gone 410           ├── TooMany 429
├── PairingRefused 403 ├── TooLarge 413       ├── Failing 500
├── Unknown 404        └── BadRange 416       └── NoRoom 507
"""

from ddb_contract.conditions import Verdict


class Refusal(Exception):
    """The custodian can't do this."""

    code = "refused"
    status = 400

    def __init__(self, detail: str | None = None) -> None:
        self.detail = detail or " ".join((type(self).__doc__ or "").split())
        super().__init__(self.detail)


class Malformed(Refusal):
    """The request is not one that this version of the protocol knows."""

    code, status = "malformed", 400


class NotPaired(Refusal):
    """This laptop is not paired with the custodian; pair it first."""

    code, status = "not-paired", 401


class PairingRefused(Refusal):
    """The pairing code was wrong."""

    code, status = "pairing-refused", 403


class Unknown(Refusal):
    """Nothing here answers to that."""

    code, status = "unknown", 404


class Conflict(Refusal):
    """This contradicts what the custodian already holds."""

    code, status = "conflict", 409


class Gone(Refusal):
    """The share was destroyed here and can't be had again."""

    code, status = "gone", 410


class TooLarge(Refusal):
    """The request is larger than anything the protocol needs."""

    code, status = "too-large", 413


class BadRange(Refusal):
    """There are no such bytes in this share."""

    code, status = "bad-range", 416


class Locked(Refusal):
    """The share is locked until its condition holds."""

    code, status = "locked", 423

    def __init__(self, verdict: Verdict) -> None:
        super().__init__()
        self.verdict = verdict


class TooMany(Refusal):
    """The custodian is busy; try again in a moment."""

    code, status = "too-many", 429

    def __init__(self, detail: str | None = None, wait: int = 1) -> None:
        """`wait`: seconds after which it may do to try again."""
        super().__init__(detail)
        self.wait = wait


class Failing(Refusal):
    """The custodian's storage fails; look at its red light."""

    code, status = "failing", 500


class NoRoom(Refusal):
    """The custodian's disk, or this laptop's part of it, is full."""

    code, status = "no-room", 507
