"""From `committing` to `wiped`: the steps that are the same at first and when they are taken up again after a crash."""

from typing import Literal

from ddb_client.core.agreed import disagreement
from ddb_client.core.remains import WipeReport
from ddb_client.core.ticket import OwnerKey, Ticket, open_ticket, seal_ticket
from ddb_client.custody import destroy_everywhere, each, failures, named
from ddb_client.errors import BadTicket, Failure, Refused, Unreachable
from ddb_client.ports import CustodianApi, World
from ddb_contract.messages import Receipt, RightHashes, TicketCopy
from ddb_contract.rights import Verb, lookup_name, secret_hash
from ddb_contract.text import b64, unb64

_AGAINST = (404, 409, 410)
NONCE_SIZE = 12


class Disagreed(Failure):
    """A custodian's receipt doesn't say what was asked for."""

    code = "bad-receipt"


def right_hashes(ticket: Ticket, owner: OwnerKey, custodian: str) -> RightHashes:
    """What that custodian may keep of the drop's secrets."""
    return RightHashes(
        claim=b64(secret_hash(Verb.CLAIM, ticket.claim(custodian))),
        extend=b64(secret_hash(Verb.EXTEND, owner.secret(Verb.EXTEND, custodian))),
        destroy=b64(secret_hash(Verb.DESTROY, owner.secret(Verb.DESTROY, custodian))),
        approve=[approver.hash for approver in ticket.approvers],
    )


def verify_receipt(receipt: Receipt, ticket: Ticket, owner: OwnerKey, custodian: str) -> Receipt:
    """The receipt, if every field is what was asked for; a ticket past draft asks for `locked`. Raises Disagreed."""
    kind: Literal["stored", "locked"] = "stored" if ticket.phase == "draft" else "locked"
    holder = ticket.holder(custodian)
    field = disagreement(receipt, kind, ticket, holder, right_hashes(ticket, owner, custodian))
    if field is not None:
        raise Disagreed(
            f"{holder.name} signed another {field} than was asked for", "don't trust this custodian; look at its log"
        )
    return receipt


def leave_copies(world: World, ticket: Ticket, apis: list[CustodianApi]) -> dict[str, Failure]:
    """Leaves the sealed ticket with every custodian and reads it back. Returns who failed, by id."""
    seed = unb64(ticket.claim_seed)
    lookup = lookup_name(seed)

    def has_it(api: CustodianApi) -> bool:
        try:
            return open_ticket(seed, api.fetch_ticket(lookup)) == ticket
        except (Refused, BadTicket):
            return False

    def leave(api: CustodianApi) -> None:
        if has_it(api):
            return
        sealed = seal_ticket(ticket, world.entropy(NONCE_SIZE))
        api.leave_ticket(ticket.drop, TicketCopy(lookup=b64(lookup), sealed=b64(sealed)))
        if not has_it(api):
            raise Disagreed(f"{api.name} gives another ticket back than was left with it")

    return failures(each(apis, leave))


def commit(world: World, ticket: Ticket, apis: list[CustodianApi]) -> tuple[Ticket, dict[str, Receipt]]:
    """Locks the drop at every custodian: the ticket in phase `locked`, and the locked receipts by id.

    If one says for good that it holds no such share, and the original is unchanged, the drop is destroyed everywhere,
    so that no copy lives on under a shorter lock than the next one. Raises Failure unless all are locked.
    """
    owner = world.owner_keys.read(ticket.drop_bytes)
    if owner is None:
        raise BadTicket(f"the owner key of {ticket.label} is gone, so its receipts can't be checked")

    def lock(api: CustodianApi) -> Receipt:
        return verify_receipt(api.commit(ticket.drop, unb64(ticket.holder(api.id).root)), ticket, owner, api.id)

    failed = leave_copies(world, ticket, apis)
    answers = {} if failed else each(apis, lock)
    failed |= failures(answers)
    if failed:
        raise _not_locked(world, ticket, apis, failed)
    receipts = {custodian: answer for custodian, answer in answers.items() if isinstance(answer, Receipt)}
    locked = ticket.model_copy(update={"phase": "locked"})
    world.tickets.write(locked)
    return locked, receipts


def _not_locked(world: World, ticket: Ticket, apis: list[CustodianApi], failed: dict[str, Failure]) -> Failure:
    against = {custodian for custodian, failure in failed.items() if _for_good(failure)}
    first = next(iter(failed.values()))
    if not against:
        return Unreachable(
            f"{named(failed, ticket)} did not lock {ticket.label} yet ({first.message}); its original is untouched",
            "the next ddb command goes on with it",
        )
    why = next(failed[custodian].message for custodian in against)
    if not original_unchanged(world, ticket):
        return Failure(
            f"{named(against, ticket)} did not lock {ticket.label} ({why}); the rest is kept, nothing is wiped",
            "its original changed since, so this drop may be the only copy of what was read",
        )
    missing = destroy_everywhere(world, ticket, apis)
    still = f", but not yet at {named(missing, ticket)}, which is tried again at every start" if missing else ""
    return Failure(
        f"{named(against, ticket)} did not lock {ticket.label} ({why}); the original is untouched, "
        f"the drop was destroyed{still}",
        "put it away again",
    )


def _for_good(failure: Failure) -> bool:
    return isinstance(failure, Disagreed) or (isinstance(failure, Refused) and failure.status in _AGAINST)


def original_unchanged(world: World, ticket: Ticket) -> bool:
    """Whether all that was read is still there as it was. Without a journal nobody can say so: False."""
    journal = world.journals.read(ticket.drop_bytes)
    return journal is not None and not world.source.changes(journal.manifest)


def finish(world: World, ticket: Ticket) -> tuple[Ticket, WipeReport | None]:
    """The last step of a locked drop: the original is wiped, as far as it is still what was read.

    Phase `wiped` is reached when nothing of it was left. The report is None when the original is to be kept.
    """
    journal = world.journals.read(ticket.drop_bytes)
    report = None
    if journal is not None and not journal.keep_original:
        report = world.eraser.wipe(ticket.drop_bytes, journal.manifest)
        if report.complete:
            ticket = ticket.model_copy(update={"phase": "wiped"})
            world.tickets.write(ticket)
    world.journals.remove(ticket.drop_bytes)
    return ticket, report
