"""The ticket and the owner key: strict, versioned JSON; the ticket's copy sealed under its own claim seed."""

from typing import Annotated, Literal, Self

from Crypto.Cipher import AES
from pydantic import AfterValidator, Field, model_validator

from ddb_client.core.threshold import Scheme
from ddb_client.errors import BadTicket
from ddb_contract.conditions import MAX_APPROVERS, Condition, renamed
from ddb_contract.grammar import parse
from ddb_contract.messages import B64x32, ConditionText, CustodianId, DropId, Message, Name
from ddb_contract.rights import Verb, secret, ticket_key
from ddb_contract.shares import MAX_SEALED, MAX_SHARES, ShareHeader
from ddb_contract.text import unb32, unb64

Phase = Literal["draft", "committing", "locked", "wiped", "destroying"]


class Holder(Message):
    """One share and who has it. `custodian` is its id and pin, None for the owner's pad. Addresses are only hints."""

    custodian: CustodianId | None
    name: Name
    addresses: list[Annotated[str, Field(max_length=300)]]
    index: Annotated[int, Field(ge=0, le=255)]
    root: B64x32
    condition: ConditionText | None


class Approver(Message):
    """Somebody with a code for this drop. Custodians keep the `hash` and never learn the name."""

    name: Name
    hash: B64x32


def printable(sign: str) -> bool:
    """Whether a label may have this character: joiners too, without which Persian, Hindi and emoji fall apart."""
    return sign.isprintable() or sign in "\u200c\u200d"


def _printable(text: str) -> str:
    if not all(map(printable, text)):
        raise ValueError("a label has printable characters only")
    return text


class Ticket(Message):
    """All that is needed to get a drop back, except the shares.

    Of the `n` shares with an index below 16 any `k` do; every outer piece (index above 239) is needed besides. The
    holders' conditions name the `approvers` by their place, counted from 1.
    """

    phase: Phase
    drop: DropId
    label: Annotated[str, Field(max_length=255), AfterValidator(_printable)]
    created: str
    claim_seed: B64x32
    data_key: B64x32
    k: Annotated[int, Field(ge=1, le=MAX_SHARES)]
    n: Annotated[int, Field(ge=1, le=MAX_SHARES)]
    size: Annotated[int, Field(ge=65_536, le=MAX_SEALED)]
    practice: bool
    holders: Annotated[list[Holder], Field(min_length=1, max_length=2 * MAX_SHARES)]
    approvers: list[Approver] = Field(default_factory=list, max_length=MAX_APPROVERS)

    @model_validator(mode="after")
    def _conditions_make_sense(self) -> Self:
        for holder in self.holders:
            if holder.condition is not None:
                self.named(holder.condition)
        return self

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        """One holder for each share of a possible split, and no other."""
        scheme = Scheme(self.k, self.n, len(self.holders) - self.n)
        if sorted(holder.index for holder in self.holders) != sorted(scheme.indices):
            raise ValueError("its holders are not those of its threshold")
        ShareHeader.unpack(self.header(self.holders[0]).pack())
        return self

    @property
    def drop_bytes(self) -> bytes:
        return unb32(self.drop)

    @property
    def custodians(self) -> list[Holder]:
        return [holder for holder in self.holders if holder.custodian is not None]

    def holder(self, custodian: str) -> Holder:
        """What that custodian holds. Raises StopIteration if it holds nothing of this drop."""
        return next(holder for holder in self.holders if holder.custodian == custodian)

    def header(self, holder: Holder) -> ShareHeader:
        """The header that this holder's share must have."""
        return ShareHeader(self.k, self.n, holder.index, self.drop_bytes, self.size)

    @property
    def names(self) -> dict[str, str]:
        """The approvers' names by the numbers that custodians know."""
        return {str(number): approver.name for number, approver in enumerate(self.approvers, 1)}

    def named(self, condition: str) -> Condition:
        """A custodian's condition with the names of the approvers. Raises ValueError when it makes no sense here."""
        try:
            return renamed(parse(condition), self.names)
        except KeyError as error:
            raise ValueError(f"nobody is approver number {error}") from None

    def claim(self, custodian: str) -> bytes:
        """The secret that claims this drop's share at that custodian."""
        return secret(unb64(self.claim_seed), Verb.CLAIM, self.drop_bytes, custodian)


class OwnerKey(Message):
    """The right to extend or destroy a drop. Opens nothing; kept apart from the ticket."""

    drop: DropId
    seed: B64x32

    def secret(self, verb: Verb, custodian: str) -> bytes:
        return secret(unb64(self.seed), verb, unb32(self.drop), custodian)


def seal_ticket(ticket: Ticket, nonce: bytes) -> bytes:
    """nonce (12) ‖ AES-256-GCM(ticket JSON) ‖ tag (16), under the key that the claim seed gives."""
    cipher = AES.new(ticket_key(unb64(ticket.claim_seed)), AES.MODE_GCM, nonce=nonce)
    body, tag = cipher.encrypt_and_digest(ticket.model_dump_json().encode())
    return nonce + body + tag


def open_ticket(claim_seed: bytes, sealed: bytes) -> Ticket:
    """Inverse of `seal_ticket`. Raises BadTicket when it was not sealed under this claim seed."""
    try:
        cipher = AES.new(ticket_key(claim_seed), AES.MODE_GCM, nonce=sealed[:12])
        return Ticket.model_validate_json(cipher.decrypt_and_verify(sealed[12:-16], sealed[-16:]))
    except ValueError as error:
        raise BadTicket("the sealed ticket is damaged or belongs to another recovery code") from error
