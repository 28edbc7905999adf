"""Receipts: a custodian's signed statement of what it holds and when it may release it."""

from ddb_contract.identity import custodian_id, verified
from ddb_contract.messages import Receipt, SignedReceipt
from ddb_contract.text import unb64

PURPOSE = b"ddb1/receipt"


def read_receipt(signed: SignedReceipt, spki: bytes, custodian: str) -> Receipt:
    """The receipt, once its key is the custodian's and its signature the key's.

    Raises ValueError otherwise. What it states is for the caller to compare with its own request.
    """
    payload = signed.payload.encode()
    if custodian_id(spki) != custodian:
        raise ValueError("the receipt's key is not this custodian's")
    if not verified(spki, PURPOSE, payload, unb64(signed.sig)):
        raise ValueError("the receipt's signature is wrong")
    return Receipt.model_validate_json(payload)
