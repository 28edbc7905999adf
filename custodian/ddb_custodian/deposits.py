"""Taking a share in: what a paired laptop may do with a drop that it reserved itself."""

from dataclasses import replace

from ddb_contract.messages import MAX_TICKET, Reserve, Reserved, SignedReceipt, Storing, TicketCopy
from ddb_contract.problems import Conflict, Gone, Malformed, NoRoom, TooLarge, Unknown
from ddb_contract.shares import ShareHeader, leaf, stripe_length
from ddb_contract.text import b32, unb64
from ddb_custodian.core.release import canonical
from ddb_custodian.core.states import OVER, Event, State
from ddb_custodian.ports import Deposit, PairedLaptop
from ddb_custodian.rereads import Rereads
from ddb_custodian.vault import Vault, step

LIVE = tuple(state for state in State if state not in OVER)


def bytes_held(vault: Vault, laptop: bytes) -> int:
    """The sizes of the shares that a laptop deposited and that are still here."""
    return sum(deposit.header.size for deposit in vault.shelf.deposits(LIVE) if deposit.laptop == laptop)


class Deposits:
    """From `reserve` to `commit`. A drop of another laptop is answered like none: Unknown."""

    def __init__(self, vault: Vault, rereads: Rereads) -> None:
        self._vault, self._rereads = vault, rereads

    def reserve(self, me: PairedLaptop, request: Reserve) -> Reserved:
        """Raises Malformed, Conflict (kept already, with other words), Gone or NoRoom."""
        wanted = _wanted(me, request)
        with self._vault.alone(wanted.header.drop):
            kept = self._vault.shelf.deposit(wanted.header.drop)
            if kept is None:
                self._admit(me, wanted)
            elif _request(kept) != _request(wanted):
                raise Conflict
            else:
                self._reserve_again(kept)
        return Reserved(drop=b32(wanted.header.drop), custody_now=self._vault.custody.now())

    def _admit(self, me: PairedLaptop, wanted: Deposit) -> None:
        vault, size = self._vault, wanted.header.size
        with vault.storage(), vault.shelf.transaction():
            if bytes_held(vault, me.id) + size > me.quota:
                raise NoRoom("this laptop's part of the custodian's disk is full; destroy a drop, or ask for more")
            if size > vault.blobs.free():
                raise NoRoom("the custodian's disk is full")
            vault.blobs.reserve(wanted.header)
            at = vault.custody.stamp()
            vault.shelf.put_deposit(replace(wanted, touched_at=at))
            vault.record(at, "reserved", wanted)

    def _reserve_again(self, kept: Deposit) -> None:
        if kept.state in OVER:
            raise Gone
        if kept.state is State.RECEIVING:
            with self._vault.storage():
                self._vault.blobs.reserve(kept.header)

    def put_piece(self, me: PairedLaptop, drop: bytes, stripe: int, piece: bytes) -> None:
        """Raises Malformed (no such stripe, wrong length), Conflict (another piece is there, or it is locked), Gone."""
        with self._vault.alone(drop):
            deposit = self._own(me, drop)
            step(deposit, Event.PIECE)
            _fits(deposit.header, stripe, piece)
            digest = leaf(stripe, piece)
            written = self._vault.blobs.leaf(deposit.header, stripe)
            if written not in (None, digest):
                raise Conflict("another piece is in that place already")
            if deposit.state is State.RECEIVING:
                with self._vault.storage():
                    self._vault.blobs.write(deposit.header, stripe, piece, digest)

    def store(self, me: PairedLaptop, drop: bytes, root: bytes) -> SignedReceipt | Storing:
        """Starts or watches the re-read. Raises Conflict (pieces missing or changed, another root), Gone."""
        with self._vault.alone(drop):
            deposit = self._own(me, drop)
            step(deposit, Event.STORE)
            if deposit.state is State.RECEIVING:
                return self._rereads.ask(deposit.header, root)
            return _receipt(deposit, root, deposit.stored_receipt)

    def leave_ticket(self, me: PairedLaptop, drop: bytes, copy: TicketCopy) -> None:
        """Raises TooLarge past 64 KiB, Malformed, Conflict once locked or if another drop's has that name, Gone."""
        sealed = _decoded(copy.sealed)
        if len(sealed) > MAX_TICKET:
            raise TooLarge
        with self._vault.alone(drop):
            deposit = self._own(me, drop)
            step(deposit, Event.PIECE)
            with self._vault.shelf.transaction():
                self._vault.shelf.put_ticket(drop, unb64(copy.lookup), sealed)

    def commit(self, me: PairedLaptop, drop: bytes, root: bytes) -> SignedReceipt:
        """Raises Conflict (nothing stored, another root) or Gone."""
        vault = self._vault
        with vault.alone(drop):
            deposit = self._own(me, drop)
            step(deposit, Event.COMMIT)
            if deposit.root != root:
                raise Conflict("another root was stored")
            if deposit.state is State.STORED:
                vault.put_sidecar(deposit, vault.custody.now())
                with vault.shelf.transaction():
                    deposit = vault.lock(deposit, vault.custody.stamp(), "locked")
            return _receipt(deposit, root, deposit.locked_receipt)

    def _own(self, me: PairedLaptop, drop: bytes) -> Deposit:
        deposit = self._vault.shelf.deposit(drop)
        if deposit is None or deposit.laptop != me.id:
            raise Unknown
        return deposit


def _wanted(me: PairedLaptop, request: Reserve) -> Deposit:
    approve = tuple(unb64(digest) for digest in request.hashes.approve)
    if len(set(approve)) < len(approve):
        raise Malformed("two approvers have the same code")
    try:
        header, condition = ShareHeader.unpack(unb64(request.header)), canonical(request.condition, len(approve))
    except ValueError as error:
        raise Malformed(str(error)) from None
    claim, extend, destroy = (
        unb64(text) for text in (request.hashes.claim, request.hashes.extend, request.hashes.destroy)
    )
    return Deposit(
        header, State.RECEIVING, False, me.id, condition, claim, extend, destroy, touched_at=0.0, approve_hashes=approve
    )


def _request(deposit: Deposit) -> tuple[object, ...]:
    return deposit.header, deposit.laptop, deposit.condition, deposit.hashes


def _fits(header: ShareHeader, stripe: int, piece: bytes) -> None:
    try:
        length = stripe_length(header.size, stripe)
    except IndexError:
        raise Malformed(f"this share has stripes 0 to {header.stripes - 1}") from None
    if len(piece) != length:
        raise Malformed(f"stripe {stripe} of this share has {length} bytes, not {len(piece)}")


def _receipt(deposit: Deposit, root: bytes, receipt: bytes | None) -> SignedReceipt:
    if deposit.root != root or receipt is None:
        raise Conflict("another root was stored")
    return SignedReceipt.model_validate_json(receipt)


def _decoded(text: str) -> bytes:
    try:
        return unb64(text)
    except ValueError:
        raise Malformed("the ticket is not base64url") from None
