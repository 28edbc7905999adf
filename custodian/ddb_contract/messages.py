"""Every JSON body of the protocol. Strict: no coercion, no unknown field, no unknown version.

Binary values are base64url without padding; custody times are seconds since the custodian's first start.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ddb_contract.conditions import MAX_APPROVERS, MAX_TEXT
from ddb_contract.identity import ID_LENGTH
from ddb_contract.lights import Light
from ddb_contract.text import unb32, unb64

MAX_TICKET = 64 * 1024
NAME_LENGTH = 63
LONGEST = 1000 * 366 * 86_400
"""Seconds: no custody time and no waiting is longer than a thousand years."""


def _sized(size: int) -> AfterValidator:
    def check(text: str) -> str:
        if len(unb64(text)) != size:
            raise ValueError(f"not {size} bytes")
        return text

    return AfterValidator(check)


def _base32(size: int) -> AfterValidator:
    def check(text: str) -> str:
        if len(unb32(text)) != size:
            raise ValueError(f"not {size} bytes")
        return text

    return AfterValidator(check)


def _printable(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise ValueError("a name has printable characters only")
    return text


B64x16 = Annotated[str, _sized(16)]
B64x32 = Annotated[str, _sized(32)]
B64x48 = Annotated[str, _sized(48)]
DropId = Annotated[str, _base32(16)]
CustodianId = Annotated[str, Field(min_length=ID_LENGTH, max_length=ID_LENGTH), _base32(32)]
Seconds = Annotated[float, Field(ge=0, le=LONGEST, allow_inf_nan=False)]
Name = Annotated[str, Field(min_length=1, max_length=NAME_LENGTH), AfterValidator(_printable)]
ConditionText = Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]
State = Literal["receiving", "stored", "locked", "collected", "destroyed", "aborted"]


class Message(BaseModel):
    """A body of version 1. (A strict `Literal[1]` takes `true` and `1.0` for it, a strict number doesn't.)"""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
    v: Annotated[int, Field(ge=1, le=1)] = 1


class CustodianInfo(Message):
    """What a custodian tells anybody: no counts, no dates, only what its lights show anyway."""

    id: CustodianId
    name: Name
    software: str
    paired: bool
    pairing_open: bool
    practice: bool
    administered: bool
    light: Light


class PairingOffer(Message):
    """The laptop's SPAKE2 message and what it wants to be called."""

    message: Annotated[str, Field(max_length=64)]
    laptop: Name


class PairingAnswer(Message):
    """The custodian's SPAKE2 message; the guess is counted by now."""

    session: B64x16
    message: Annotated[str, Field(max_length=64)]


class PairingProof(Message):
    """HMAC(kc, "client") on the way there, HMAC(ks, "server") on the way back."""

    proof: B64x32


class Laptop(Message):
    """A paired laptop as the custodian knows it. `bytes_held` counts the shares it deposited, `quota` their limit."""

    laptop: B64x16
    name: Name
    paired_at: Seconds
    bytes_held: int
    quota: int
    you: bool


class Laptops(Message):
    laptops: list[Laptop]


class RightHashes(Message):
    """The kept digests of a drop's secrets, made for this custodian.

    `approve`: one for each approver; the condition names them by their place here, counted from 1.
    """

    claim: B64x32
    extend: B64x32
    destroy: B64x32
    approve: Annotated[list[B64x32], Field(max_length=MAX_APPROVERS)] = []


class Reserve(Message):
    """A laptop asks for room: the share's header, the condition in its one text form, the hashes of the secrets."""

    header: B64x48
    condition: ConditionText
    hashes: RightHashes


class Reserved(Message):
    """Room is kept; the same reservation again is answered the same."""

    drop: DropId
    custody_now: Seconds


class Rooted(Message):
    """The root of the share as the laptop computed it: body of `store` and of `commit`."""

    root: B64x32


class Storing(Message):
    """202: the share is being read back from the disk; ask again."""

    checked: int
    stripes: int


class Receipt(Message):
    """What a custodian signs: it holds this share, and gives it to nobody before its condition holds."""

    type: Literal["stored", "locked"]
    drop: DropId
    id: CustodianId
    index: int
    size: int
    root: B64x32
    condition: ConditionText
    rights: B64x32
    custody_at: Seconds
    round_target: int | None
    log_seq: int
    log_head: B64x32
    practice: bool
    administered: bool


class SignedReceipt(Message):
    """The exact JSON bytes of a `Receipt` as text, never re-serialised, and the signature over them."""

    payload: Annotated[str, Field(max_length=8192)]
    spki: Annotated[str, Field(max_length=200)]
    sig: Annotated[str, _sized(64)]


class TicketCopy(Message):
    """The ticket, sealed under the claim seed, and the name it is found by."""

    lookup: B64x16
    sealed: Annotated[str, Field(max_length=MAX_TICKET * 4 // 3 + 4)]


class SealedTicket(Message):
    sealed: Annotated[str, Field(max_length=MAX_TICKET * 4 // 3 + 4)]


class VerdictMessage(Message):
    """`conditions.Verdict` on the wire."""

    holds: bool
    reasons: list[str]
    next_change: Seconds | None


class Claimed(Message):
    """A claim was made: its name goes into the `DDB-Claim` header of what follows, and momentary forms count for it.

    `waits_for_button`: the custodian's light asks for its button, which is good for 15 minutes from now.
    """

    claim: B64x16
    verdict: VerdictMessage
    waits_for_button: bool


class Approved(Message):
    """The approval is recorded. `again`: it was already."""

    again: bool


class Extend(Message):
    """What the lock's condition becomes: the kept one AND `extra`, nothing else."""

    extra: ConditionText


class DropStatus(Message):
    """What the bearer of any of a drop's secrets may know. `locked_at` is custody time, None before the lock.

    `approved`: the numbers of the approvers whose code was entered.
    """

    drop: DropId
    id: CustodianId
    state: State
    damaged: bool
    index: int
    size: int
    condition: ConditionText
    verdict: VerdictMessage
    approved: list[int]
    custody_now: Seconds
    locked_at: Seconds | None


class LogEntry(Message):
    """One link: head = H(previous head ‖ the entry's other fields as canonical JSON)."""

    seq: int
    at: Seconds
    event: str
    subject: str
    head: B64x32


class Log(Message):
    entries: list[LogEntry]


class Health(Message):
    ok: bool


class Problem(Message):
    """Every error: a stable `code`, a sentence for people, and with `locked` the verdict's words."""

    code: str
    detail: str
    reasons: list[str] = []
    next_change: Seconds | None = None
