"""Whether a receipt says what was asked for, field by field."""

from typing import Literal

from ddb_client.core.ticket import Holder, Ticket
from ddb_contract.messages import Receipt, RightHashes
from ddb_contract.rights import rights_digest
from ddb_contract.text import b64, unb64


def disagreement(
    receipt: Receipt, kind: Literal["stored", "locked"], ticket: Ticket, holder: Holder, hashes: RightHashes
) -> str | None:
    """The first field of a receipt that is not as it was asked for; None if all are. Its signature is verified."""
    rights = rights_digest([unb64(kept) for kept in (hashes.claim, hashes.extend, hashes.destroy, *hashes.approve)])
    asked = {
        "type": kind,
        "drop": ticket.drop,
        "id": holder.custodian,
        "index": holder.index,
        "size": ticket.size,
        "root": holder.root,
        "condition": holder.condition,
        "rights": b64(rights),
    }
    return next((field for field, value in asked.items() if getattr(receipt, field) != value), None)
