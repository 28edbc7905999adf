from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddb_contract.rights import (
    APPROVAL_SIZE,
    Verb,
    approval_hash,
    authorization,
    lookup_name,
    parse_authorization,
    proves,
    rights_digest,
    secret,
    secret_hash,
    ticket_key,
)
from ddb_contract.text import b64

SEED, DROP, DESK = bytes(range(32)), bytes(16), "a" * 52


def test_every_verb_drop_custodian_and_seed_has_its_own_secret() -> None:
    secrets = [secret(SEED, verb, DROP, DESK) for verb in Verb]
    secrets += [
        secret(SEED, Verb.CLAIM, DROP, "b" * 52),
        secret(SEED, Verb.CLAIM, b"\1" * 16, DESK),
        secret(bytes(32), Verb.CLAIM, DROP, DESK),
    ]
    assert all(a != b for a, b in combinations(secrets, 2))
    assert all(len(each) == 32 for each in secrets)


def test_only_the_same_verbs_secret_proves() -> None:
    value = secret(SEED, Verb.CLAIM, DROP, DESK)
    kept = secret_hash(Verb.CLAIM, value)
    assert proves(Verb.CLAIM, value, kept)
    assert not proves(Verb.DESTROY, value, kept)
    assert not proves(Verb.CLAIM, secret(SEED, Verb.CLAIM, DROP, "b" * 52), kept)
    assert not proves(Verb.CLAIM, kept, kept)


def test_names_and_keys_of_a_seed_are_unrelated() -> None:
    assert len(lookup_name(SEED)) == 16
    assert not ticket_key(SEED).startswith(lookup_name(SEED))


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=4))
def test_the_digest_of_rights_knows_no_order(hashes: list[bytes]) -> None:
    assert rights_digest(hashes) == rights_digest(hashes[::-1])


def test_an_approvers_digest_stands_for_one_seed_and_one_drop() -> None:
    seed, other = bytes(16), b"\1" * 16
    digests = [approval_hash(DROP, seed), approval_hash(DROP, other), approval_hash(other, seed)]
    digests += [secret_hash(Verb.APPROVE, DROP + seed), secret_hash(Verb.APPROVE, seed)]
    assert len(set(digests)) == 5


@given(st.sampled_from(Verb), st.data())
def test_an_authorization_reads_back(verb: Verb, data: st.DataObject) -> None:
    size = APPROVAL_SIZE if verb is Verb.APPROVE else 32
    value = data.draw(st.binary(min_size=size, max_size=size))
    assert parse_authorization(authorization(verb, value)) == (verb, value)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "DDB",
        "DDB claim",
        f"Bearer claim {b64(bytes(32))}",
        f"ddb claim {b64(bytes(32))}",
        f"DDB release {b64(bytes(32))}",
        f"DDB  claim {b64(bytes(32))}",
        f"DDB claim {b64(bytes(32))} ",
        f"DDB claim {b64(bytes(31))}",
        f"DDB claim {b64(bytes(33))}",
        f"DDB claim {b64(bytes(16))}",
        f"DDB approve {b64(bytes(32))}",
        f"DDB approve {b64(bytes(15))}",
        f"DDB claim {b64(bytes(32))}=",
        "DDB claim é",
    ],
)
def test_anything_else_is_no_authorization(header: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - several layers refuse, each in its words
        parse_authorization(header)
