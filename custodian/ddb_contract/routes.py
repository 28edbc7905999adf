"""The HTTP contract as data: every route, the rights that open it, its bodies. OpenAPI and tests are made from it.

A wrong secret is answered like an unknown drop (404), a wrong token like none (401).
"""

from dataclasses import dataclass

from ddb_contract import messages as m
from ddb_contract.rights import Verb

SERVICE_TYPE = "_deaddropbox._tcp.local."
TXT_VERSION = "1"
CLAIM_HEADER = "DDB-Claim"
"""On status, leaves, content and collected: the claim (base64url, 16 bytes) that momentary forms count for."""


@dataclass(frozen=True)
class Route:
    """One way in. `rights`: any one of these verbs opens it; empty means anybody. None as a body: no JSON.

    Path parameters: `drop` (base32, 26 characters), `stripe` (decimal), `session`, `lookup`, `laptop` (base64url).
    """

    method: str
    path: str
    rights: frozenset[Verb]
    body: type[m.Message] | None
    answer: type[m.Message] | None
    says: str


def _may(*verbs: Verb) -> frozenset[Verb]:
    return frozenset(verbs)


_ANYBODY, _LAPTOP = _may(), _may(Verb.LAPTOP)

ROUTES: dict[str, Route] = {
    "health": Route("GET", "/healthz", _ANYBODY, None, m.Health, "alive"),
    "custodian": Route("GET", "/v1/custodian", _ANYBODY, None, m.CustodianInfo, "who this is"),
    "pair": Route("POST", "/v1/pairing", _ANYBODY, m.PairingOffer, m.PairingAnswer, "one guess at the code"),
    "prove": Route(
        "POST",
        "/v1/pairing/<session>",
        _ANYBODY,
        m.PairingProof,
        m.PairingProof,
        "prove it and become paired",
    ),
    "laptops": Route("GET", "/v1/laptops", _LAPTOP, None, m.Laptops, "the paired laptops"),
    "revoke": Route("DELETE", "/v1/laptops/<laptop>", _LAPTOP, None, None, "a laptop may deposit no more"),
    "log": Route("GET", "/v1/log", _LAPTOP, None, m.Log, "the hash-chained log, oldest first"),
    "reserve": Route("POST", "/v1/drops", _LAPTOP, m.Reserve, m.Reserved, "keep room for a share"),
    "piece": Route("PUT", "/v1/drops/<drop>/pieces/<stripe>", _LAPTOP, None, None, "one stripe, 204 when written"),
    "store": Route("POST", "/v1/drops/<drop>/store", _LAPTOP, m.Rooted, m.SignedReceipt, "read back, then sign"),
    "copy": Route("PUT", "/v1/drops/<drop>/ticket", _LAPTOP, m.TicketCopy, None, "leave the sealed ticket"),
    "commit": Route("POST", "/v1/drops/<drop>/commit", _LAPTOP, m.Rooted, m.SignedReceipt, "lock"),
    "ticket": Route("GET", "/v1/tickets/<lookup>", _ANYBODY, None, m.SealedTicket, "the sealed ticket by its name"),
    "status": Route(
        "GET",
        "/v1/drops/<drop>",
        _may(Verb.CLAIM, Verb.EXTEND, Verb.DESTROY),
        None,
        m.DropStatus,
        "state and verdict",
    ),
    "claim": Route(
        "POST", "/v1/drops/<drop>/claim", _may(Verb.CLAIM), None, m.Claimed, "make a claim, for `button` and `home`"
    ),
    "leaves": Route("GET", "/v1/drops/<drop>/leaves", _may(Verb.CLAIM), None, None, "32 bytes a stripe, in order"),
    "content": Route(
        "GET", "/v1/drops/<drop>/content", _may(Verb.CLAIM), None, None, "the share's body, Range on stripes"
    ),
    "collected": Route(
        "POST", "/v1/drops/<drop>/collected", _may(Verb.CLAIM), None, None, "the laptop has it on its disk"
    ),
    "extend": Route(
        "POST",
        "/v1/drops/<drop>/extend",
        _may(Verb.EXTEND),
        m.Extend,
        m.SignedReceipt,
        "lock for longer, never shorter",
    ),
    "approve": Route("POST", "/v1/approvals", _may(Verb.APPROVE), None, m.Approved, "enter an approver's code"),
    "approve-page": Route("GET", "/approve", _ANYBODY, None, None, "the form for approvers without `ddb` (HTML)"),
    "approve-form": Route("POST", "/approve", _ANYBODY, None, None, "the form, sent in (HTML)"),
    "destroy": Route(
        "DELETE",
        "/v1/drops/<drop>",
        _may(Verb.DESTROY),
        None,
        None,
        "destroys, never releases; 204 once it is gone",
    ),
}
