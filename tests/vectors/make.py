"""Makes the vectors of this folder that don't exist yet. What is frozen stays: old drops open for ever.

    python tests/vectors/make.py

Long inputs are not written out: `stream(label, size)` is SHAKE-256 of the label, read to that size. Where a value is
`sha256`, it is the digest of bytes that the test makes again.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from Crypto.PublicKey import ECC

from ddb_client.core.pack import Entry, Kind, pack
from ddb_client.core.padme import sealed_size
from ddb_client.core.protected import seal_under
from ddb_client.core.seal import Seal
from ddb_client.core.threshold import Scheme
from ddb_client.core.ticket import Ticket, seal_ticket
from ddb_contract.identity import custodian_id, sign
from ddb_contract.pairing import CustodianSide, LaptopSide
from ddb_contract.receipts import PURPOSE
from ddb_contract.rights import Verb, lookup_name, rights_digest, secret, secret_hash, ticket_key
from ddb_contract.shares import STRIPE, ShareHeader, leaf, root
from ddb_contract.text import b32, b64

HERE = Path(__file__).parent
DATA_KEY, SALT, DROP, CLAIM = (hashlib.sha256(name).digest() for name in (b"data key", b"salt", b"drop", b"claim"))
DROP = DROP[:16]
DESK, ATTIC = custodian_id(b"desk"), custodian_id(b"attic")


def stream(label: str, size: int) -> bytes:
    return hashlib.shake_256(label.encode()).digest(size)


def digest(data: bytes | bytearray | memoryview) -> str:
    return hashlib.sha256(data).hexdigest()


def seal_case(size: int) -> dict[str, Any]:
    content, at, stripes = stream("pack", size), 0, []
    seal = Seal(DATA_KEY, SALT, DROP, size)
    for stripe in range(seal.stripes):
        stripes.append(seal.seal(stripe, content[at : at + seal.payload(stripe)]))
        at += seal.payload(stripe)
    return {
        "pack_size": size,
        "sealed_size": seal.size,
        "stripes_sha256": [digest(each) for each in stripes],
        "first_96_bytes": stripes[0][:96].hex(),
        "last_32_bytes": stripes[-1][-32:].hex(),
    }


def seals() -> dict[str, Any]:
    sizes = [0, 1, 70_000, STRIPE - 80, STRIPE - 79, 2 * STRIPE + 12_345]
    return {
        "data_key": DATA_KEY.hex(),
        "salt": SALT.hex(),
        "drop": DROP.hex(),
        "pack": 'stream("pack", pack_size)',
        "cases": [seal_case(size) for size in sizes],
        "sealed_sizes": {str(size): sealed_size(size) for size in (0, 10**5, 10**6, 10**7, 10**9, 10**10, 2**41 + 1)},
    }


def threshold_case(scheme: Scheme, size: int) -> dict[str, Any]:
    pieces = scheme.split(stream("stripe", size), stream("random", scheme.randomness(size)))
    short = size == 960
    return {
        "k": scheme.k,
        "n": scheme.n,
        "outer": scheme.outer,
        "size": size,
        "indices": scheme.indices,
        "pieces_sha256": [digest(piece) for piece in pieces],
        "first_block_starts": [bytes(piece[:8]).hex() for piece in pieces] if short else [],
    }


def thresholds() -> dict[str, Any]:
    pairs = [(1, 1), (1, 2), (2, 2), (3, 3), (2, 3), (2, 4), (3, 5), (4, 7), (5, 8), (8, 16), (15, 16)]
    schemes = [Scheme(k, n) for k, n in pairs] + [Scheme(2, 3, 1), Scheme(3, 5, 2), Scheme(1, 2, 1), Scheme(1, 1, 1)]
    cases = [threshold_case(scheme, 960) for scheme in schemes] + [threshold_case(Scheme(3, 5), STRIPE)]
    return {"stripe": 'stream("stripe", size)', "random": 'stream("random", (outer + k - 1) * size)', "cases": cases}


def shares() -> dict[str, Any]:
    header = ShareHeader(2, 3, 1, DROP, 2 * STRIPE + 960)
    outer = ShareHeader(2, 3, 255, DROP, 66_240)
    leaves = [leaf(stripe, stream(f"piece {stripe}", size)) for stripe, size in enumerate((STRIPE, STRIPE, 960))]
    return {
        "header": header.pack().hex(),
        "outer_header": outer.pack().hex(),
        "pieces": 'stream("piece <stripe>", 983040, 983040, 960)',
        "leaves": [each.hex() for each in leaves],
        "root": root(header, leaves).hex(),
    }


def packs() -> dict[str, Any]:
    entries = [
        Entry("drop", Kind.FOLDER, 0o750, 1_700_000_000_123_456_789, 0),
        Entry("drop/日本 é", Kind.FILE, 0o640, -1_500_000_001, 1000),
        Entry("drop/raw\udcff", Kind.FILE, 0o4755, 0, 0),
        Entry("drop/" + "long" * 60, Kind.LINK, 0o777, 999_999_999, 0, "../" + "far" * 60),
    ]
    content = b"".join(pack(entries, lambda entry: [stream("file", entry.size)]))
    told = [
        {
            "path": entry.path.encode("utf-8", "surrogateescape").hex(),
            "kind": entry.kind,
            "mode": entry.mode,
            "mtime_ns": entry.mtime_ns,
            "size": entry.size,
            "target": entry.target,
        }
        for entry in entries
    ]
    return {"entries": told, "files": 'stream("file", size)', "pack": content.hex()}


def rights() -> dict[str, Any]:
    secrets = [
        {"verb": verb, "custodian": custodian, "secret": value.hex(), "hash": secret_hash(verb, value).hex()}
        for verb in (Verb.CLAIM, Verb.EXTEND, Verb.DESTROY)
        for custodian in (DESK, ATTIC)
        for value in [secret(CLAIM, verb, DROP, custodian)]
    ]
    return {
        "seed": CLAIM.hex(),
        "drop": DROP.hex(),
        "secrets": secrets,
        "laptop_hash": secret_hash(Verb.LAPTOP, CLAIM).hex(),
        "rights_digest": rights_digest([bytes.fromhex(each["hash"]) for each in secrets]).hex(),
        "lookup": lookup_name(CLAIM).hex(),
        "ticket_key": ticket_key(CLAIM).hex(),
    }


def receipts() -> dict[str, Any]:
    key = ECC.construct(curve="P-256", d=int.from_bytes(CLAIM) >> 8)
    spki = bytes(key.public_key().export_key(format="DER"))
    payload = (
        f'{{"v":1,"type":"locked","drop":"{b32(DROP)}","id":"{custodian_id(spki)}","index":1,"size":66240,'
        f'"root":"{b64(SALT)}","condition":"after 3d","rights":"{b64(CLAIM)}","custody_at":1234.5,"round_target":null,'
        f'"log_seq":7,"log_head":"{b64(DATA_KEY)}","practice":true,"administered":false}}'
    )
    signature = sign(key, PURPOSE, payload.encode())
    return {"spki": spki.hex(), "id": custodian_id(spki), "payload": payload, "sig": signature.hex()}


def tickets() -> dict[str, Any]:
    holders = [
        {
            "v": 1,
            "custodian": custodian_id(stream(f"key of {name}", 91)),
            "name": name,
            "addresses": [f"{name}.local:443"],
            "index": index,
            "root": b64(SALT),
            "condition": "after 3d",
        }
        for index, name in enumerate(("desk", "attic", "shed"))
    ]
    ticket = {
        "v": 1,
        "phase": "locked",
        "drop": b32(DROP),
        "label": "letters",
        "created": "2026-11-24T10:00:00+00:00",
        "claim_seed": b64(CLAIM),
        "data_key": b64(DATA_KEY),
        "k": 2,
        "n": 3,
        "size": 66_240,
        "practice": False,
        "holders": holders,
    }
    sealed = seal_ticket(Ticket.model_validate(ticket), stream("nonce", 12))
    return {"claim_seed": CLAIM.hex(), "ticket": ticket, "sealed": sealed.hex()}


def pairings() -> dict[str, Any]:
    spki = b"a custodian's SubjectPublicKeyInfo"
    laptop = LaptopSide("3142", spki, lambda size: stream("laptop", size))
    custodian = CustodianSide("3142", spki, lambda size: stream("custodian", size))
    keys = laptop.keys(custodian.message)
    return {
        "code": "3142",
        "spki": spki.hex(),
        "entropy": 'stream("laptop", size), stream("custodian", size)',
        "laptop_message": laptop.message.hex(),
        "custodian_message": custodian.message.hex(),
        "client_proof": keys.client_proof.hex(),
        "server_proof": keys.server_proof.hex(),
        "token": keys.token.hex(),
    }


def protecteds() -> dict[str, Any]:
    passphrase, plain = "correct horse, Zoë, 馬", stream("protected", 100)
    ticket = seal_under(passphrase, plain, stream("salt", 16), stream("nonce", 12))
    return {"passphrase": passphrase, "plain": plain.hex(), "ticket": ticket.model_dump()}


VECTORS: dict[str, Callable[[], dict[str, Any]]] = {
    "seal": seals,
    "threshold": thresholds,
    "share": shares,
    "pack": packs,
    "rights": rights,
    "receipt": receipts,
    "ticket": tickets,
    "protected": protecteds,
    "pairing": pairings,
}


if __name__ == "__main__":
    for name, make in VECTORS.items():
        path = HERE / f"{name}-v1.json"
        if not path.exists():
            path.write_text(json.dumps(make(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
            print(f"{path.name} is new")
