"""Extending: the condition becomes `kept and extra`. Nothing makes a lock shorter."""

from dataclasses import replace

from ddb_contract.messages import SignedReceipt
from ddb_contract.problems import Malformed
from ddb_contract.rights import Verb
from ddb_custodian.bearers import proven
from ddb_custodian.core.release import longer
from ddb_custodian.core.states import Event
from ddb_custodian.ports import Deposit
from ddb_custodian.vault import Vault, step


class Extending:
    """What the bearer of a drop's extend secret may do."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def extend(self, drop: bytes, verb: Verb, secret: bytes, extra: str) -> SignedReceipt:
        """A new `locked` receipt; the same one again when the condition ends with `extra` already.

        Raises Unknown, Gone, Conflict (before the lock), Malformed (for what can't be a condition, alone or with the
        kept one), NoRoom or Failing.
        """
        proven(self._vault, drop, verb, secret, Verb.EXTEND)
        with self._vault.alone(drop):
            deposit = self._vault.shelf.deposit(drop)
            assert deposit is not None
            state = step(deposit, Event.EXTEND)
            condition = _longer(deposit, extra)
            if condition != deposit.condition:
                deposit = self._kept(replace(deposit, state=state, condition=condition))
        assert deposit.locked_receipt is not None
        return SignedReceipt.model_validate_json(deposit.locked_receipt)

    def _kept(self, deposit: Deposit) -> Deposit:
        """Recorded. The note beside the share goes first: if it alone is written, a lost shelf comes back stricter.

        `custody_at` of the receipt stays the moment of the lock, from which every `after` counts.
        """
        vault = self._vault
        assert deposit.locked_at is not None
        vault.put_sidecar(deposit, vault.custody.now())
        with vault.shelf.transaction():
            entry = vault.record(vault.custody.stamp(), "extended", deposit)
            receipt = vault.receipt("locked", deposit, deposit.locked_at, entry)
            deposit = replace(deposit, locked_receipt=receipt)
            vault.shelf.put_deposit(deposit)
        return deposit


def _longer(deposit: Deposit, extra: str) -> str:
    try:
        return longer(deposit.condition, extra, len(deposit.approve_hashes))
    except ValueError as error:
        raise Malformed(str(error)) from None
