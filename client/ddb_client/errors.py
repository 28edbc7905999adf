"""Everything that can go wrong on the laptop, each with a stable code, an exit status and one sentence.

Failure (1)
├── Usage (2)
│   ├── BadTarget       ├── BadThreshold     └── BadCode
├── StillLocked (3)
├── TooFewCustodians (4)
├── Unreachable  ├── Impostor  ├── Refused  ├── BadAnswer  ├── WrongCode  └── PairingClosed
├── BadTicket    ├── BadShare  ├── SourceLost
└── SourceChanged   └── LocalDisk
"""

from collections.abc import Sequence


class Failure(Exception):
    """DeadDropBox could not do this. `hint` says what helps."""

    code = "failed"
    exit_status = 1

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


class Usage(Failure):
    """The request makes no sense as it stands; nothing was touched."""

    code, exit_status = "usage", 2


class BadTarget(Usage):
    """This path can't be put away, or can't be written to."""

    code = "bad-target"


class BadThreshold(Usage):
    """That many custodians can't be asked for that."""

    code = "bad-threshold"


class BadCode(Usage):
    """The recovery code or pairing code is not one."""

    code = "bad-code"


class StillLocked(Failure):
    """The conditions don't hold yet at enough custodians. `next_change`: seconds until that may change, or None.

    `press` names the custodians whose button is what is missing now.
    """

    code, exit_status = "still-locked", 3

    def __init__(
        self,
        message: str,
        reasons: Sequence[str],
        next_change: float | None,
        hint: str | None = None,
        press: Sequence[str] = (),
    ) -> None:
        super().__init__(message, hint)
        self.reasons, self.next_change, self.press = tuple(reasons), next_change, tuple(press)


class TooFewCustodians(Failure):
    """Fewer custodians can be reached than are needed."""

    code, exit_status = "too-few-custodians", 4


class Unreachable(Failure):
    """A custodian doesn't answer."""

    code = "unreachable"


class Impostor(Failure):
    """Another key answers in a custodian's place."""

    code = "impostor"


class Refused(Failure):
    """A custodian said no. `problem` is its stable code, `status` the HTTP status."""

    code = "refused"

    def __init__(
        self,
        message: str,
        problem: str,
        status: int,
        reasons: Sequence[str] = (),
        next_change: float | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint)
        self.problem, self.status, self.reasons, self.next_change = problem, status, tuple(reasons), next_change


class BadAnswer(Failure):
    """A custodian's answer makes no sense."""

    code = "bad-answer"


class WrongCode(Failure):
    """The pairing code was wrong, or somebody is in the middle."""

    code = "wrong-code"


class PairingClosed(Failure):
    """The custodian pairs with nobody now."""

    code = "pairing-closed"


class BadTicket(Failure):
    """This is no ticket, or it is damaged."""

    code = "bad-ticket"


class BadShare(Failure):
    """A share is damaged beyond what the others can make good."""

    code, exit_status = "bad-share", 5


class SourceLost(Failure):
    """A share's source went away while it was read, for good."""

    code = "source-lost"


class SourceAway(Failure):
    """A share's source doesn't answer while it is read; it may come back."""

    code = "source-away"


class SourceChanged(Failure):
    """The original changed while it was read."""

    code = "source-changed"


class LocalDisk(Failure):
    """The laptop's own disk is full or fails."""

    code = "local-disk"
