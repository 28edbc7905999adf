"""What a custodian signs: receipts for laptops, and the notes beside its shares."""

from dataclasses import dataclass
from typing import Literal

from pydantic import ValidationError

from ddb_contract.identity import verified
from ddb_contract.messages import B64x16, B64x32, B64x48, LogEntry, Message, Receipt, RightHashes, SignedReceipt
from ddb_contract.receipts import PURPOSE
from ddb_contract.rights import rights_digest
from ddb_contract.shares import ShareHeader
from ddb_contract.text import b32, b64, unb64
from ddb_custodian.core.states import State
from ddb_custodian.ports import Deposit, Signer

SIDECAR_PURPOSE = b"ddb1/sidecar"


@dataclass(frozen=True)
class Terms:
    """What every receipt admits: `practice`, a stand-in that locks nothing; `administered`, somebody can log in."""

    practice: bool
    administered: bool


def receipt(
    signer: Signer, terms: Terms, kind: Literal["stored", "locked"], deposit: Deposit, at: float, entry: LogEntry
) -> bytes:
    """A SignedReceipt as JSON bytes. `entry`: the log's own record of it."""
    assert deposit.root is not None
    payload = Receipt(
        type=kind,
        drop=b32(deposit.header.drop),
        id=signer.id,
        index=deposit.header.index,
        size=deposit.header.size,
        root=b64(deposit.root),
        condition=deposit.condition,
        rights=b64(rights_digest(list(deposit.hashes))),
        custody_at=at,
        round_target=None,
        log_seq=entry.seq,
        log_head=entry.head,
        practice=terms.practice,
        administered=terms.administered,
    ).model_dump_json()
    signed = SignedReceipt(payload=payload, spki=b64(signer.spki), sig=b64(signer.sign(PURPOSE, payload.encode())))
    return signed.model_dump_json().encode()


class Sidecar(Message):
    """All that is needed to keep a share after the database is lost. `elapsed`: custody seconds since its lock."""

    header: B64x48
    laptop: B64x16
    condition: str
    hashes: RightHashes
    approved: list[int]
    root: B64x32
    elapsed: float


class SignedSidecar(Message):
    """The exact JSON of a `Sidecar` as text, and the custodian's own signature over it."""

    payload: str
    sig: str


def sidecar(signer: Signer, deposit: Deposit, elapsed: float) -> bytes:
    """The signed note to lie beside a share."""
    assert deposit.root is not None
    payload = Sidecar(
        header=b64(deposit.header.pack()),
        laptop=b64(deposit.laptop),
        condition=deposit.condition,
        hashes=RightHashes(
            claim=b64(deposit.claim_hash),
            extend=b64(deposit.extend_hash),
            destroy=b64(deposit.destroy_hash),
            approve=[b64(digest) for digest in deposit.approve_hashes],
        ),
        approved=sorted(deposit.approved),
        root=b64(deposit.root),
        elapsed=elapsed,
    ).model_dump_json()
    signed = SignedSidecar(payload=payload, sig=b64(signer.sign(SIDECAR_PURPOSE, payload.encode())))
    return signed.model_dump_json().encode()


def read_sidecar(signer: Signer, note: bytes, now: float) -> Deposit:
    """The deposit that a note speaks of, locked `now`. Raises ValueError unless this very custodian signed it."""
    try:
        signed = SignedSidecar.model_validate_json(note)
        if not verified(signer.spki, SIDECAR_PURPOSE, signed.payload.encode(), unb64(signed.sig)):
            raise ValueError("this custodian never signed that note")
        kept = Sidecar.model_validate_json(signed.payload)
    except ValidationError as error:
        raise ValueError("not a note of version 1") from error
    return Deposit(
        header=ShareHeader.unpack(unb64(kept.header)),
        state=State.LOCKED,
        damaged=False,
        laptop=unb64(kept.laptop),
        condition=kept.condition,
        claim_hash=unb64(kept.hashes.claim),
        extend_hash=unb64(kept.hashes.extend),
        destroy_hash=unb64(kept.hashes.destroy),
        touched_at=now,
        root=unb64(kept.root),
        locked_at=now,
        approve_hashes=tuple(unb64(digest) for digest in kept.hashes.approve),
        approved=frozenset(kept.approved),
    )
