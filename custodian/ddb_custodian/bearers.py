"""Who may do what with a drop: whoever shows the secret whose digest is kept."""

from ddb_contract.problems import Unknown
from ddb_contract.rights import Verb, proves
from ddb_custodian.ports import Deposit
from ddb_custodian.vault import Vault

_NOBODYS = bytes(32)


def proven(vault: Vault, drop: bytes, verb: Verb, secret: bytes, *allowed: Verb) -> Deposit:
    """The drop, if that is its secret for one of the allowed verbs. Raises Unknown, for whatever reason."""
    deposit = vault.shelf.deposit(drop)
    right = proves(verb, secret, _kept(deposit, verb))
    if deposit is None or not right or verb not in allowed:
        raise vault.refuse(Unknown())
    return deposit


def _kept(deposit: Deposit | None, verb: Verb) -> bytes:
    if deposit is None:
        return _NOBODYS
    match verb:
        case Verb.CLAIM:
            return deposit.claim_hash
        case Verb.EXTEND:
            return deposit.extend_hash
        case Verb.DESTROY:
            return deposit.destroy_hash
        case _:
            return _NOBODYS
