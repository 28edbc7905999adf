"""The frozen vectors: what was written once is read for ever, and a second, plain implementation agrees."""

import hashlib
import json
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ddb_client.core.gf import POLYNOMIALS, multiply, power, width
from ddb_client.core.pack import unpack
from ddb_client.core.protected import ProtectedTicket, open_under
from ddb_client.core.seal import Opening
from ddb_client.core.threshold import Scheme
from ddb_client.core.ticket import Ticket, open_ticket
from ddb_contract.messages import SignedReceipt
from ddb_contract.receipts import read_receipt
from ddb_contract.shares import STRIPE, ShareHeader
from ddb_contract.text import b64, unb64
from vectors.make import VECTORS, digest, stream

FOLDER = Path(__file__).parents[2] / "vectors"


def frozen(name: str) -> dict[str, Any]:
    vectors: dict[str, Any] = json.loads((FOLDER / f"{name}-v1.json").read_text("utf-8"))
    return vectors


def sealed_plainly(case: dict[str, Any], data_key: bytes, salt: bytes, drop: bytes) -> list[bytes]:
    """The sealed stripes by another library, said as in docs/protocol/seal.md."""
    material = HKDF(hashes.SHA256(), 39, salt, b"ddb1/seal").derive(data_key)
    header = b"DDBSEAL1\x01" + bytes(7) + drop + salt
    size, pack = case["sealed_size"], stream("pack", case["pack_size"])
    count = -(-size // STRIPE)
    plaintext = pack + bytes(size - 64 - 16 * count - len(pack))
    stripes = []
    for stripe in range(count):
        length = min(STRIPE, size - stripe * STRIPE) - 16 - (0 if stripe else 64)
        nonce = material[32:] + stripe.to_bytes(4, "big") + (b"\1" if stripe == count - 1 else b"\0")
        body = AESGCM(material[:32]).encrypt(nonce, plaintext[:length], header)
        stripes.append((b"" if stripe else header) + body)
        plaintext = plaintext[length:]
    return stripes


def split_plainly(scheme: Scheme, stripe: bytes, random: bytes) -> dict[int, bytes]:
    """The pieces by arithmetic on bits alone, as in docs/protocol/threshold.md."""
    size = len(stripe)
    pads = [random[at : at + size] for at in range(0, len(random), size)]
    outer, pads = pads[: scheme.outer], pads[scheme.outer :]
    for pad in outer:
        stripe = xor(stripe, pad)
    pieces = {255 - place: pad for place, pad in enumerate(outer)}
    if scheme.k == 1:
        return pieces | dict.fromkeys(range(scheme.n), stripe)
    if scheme.k == scheme.n:
        last = stripe
        for pad in pads:
            last = xor(last, pad)
        return pieces | dict(enumerate([*pads, last]))
    w = width(scheme.n)
    polynomial = POLYNOMIALS[w]
    for index in range(scheme.n):
        share = bytes(size)
        for t, symbol in enumerate([*pads, stripe]):
            share = xor(share, scaled(power(index, t, polynomial), symbol, w, polynomial))
        pieces[index] = share
    return pieces


def scaled(element: int, symbol: bytes, w: int, polynomial: int) -> bytes:
    length = len(symbol) // w
    blocks = [symbol[c * length : (c + 1) * length] for c in range(w)]
    out = [bytes(length)] * w
    for c, block in enumerate(blocks):
        image = multiply(element, 1 << c, polynomial)
        out = [xor(out[r], block) if image >> r & 1 else out[r] for r in range(w)]
    return b"".join(out)


def xor(a: bytes, b: bytes) -> bytes:
    return (int.from_bytes(a) ^ int.from_bytes(b)).to_bytes(len(a))


@pytest.mark.parametrize("name", VECTORS)
def test_what_is_written_today_is_what_was_written_first(name: str) -> None:
    assert json.loads(json.dumps(VECTORS[name]())) == frozen(name)


def test_sealed_stripes_are_those_of_another_library_and_open() -> None:
    vectors = frozen("seal")
    data_key, salt, drop = (bytes.fromhex(vectors[name]) for name in ("data_key", "salt", "drop"))
    for case in vectors["cases"]:
        stripes = sealed_plainly(case, data_key, salt, drop)
        assert [digest(stripe) for stripe in stripes] == case["stripes_sha256"]
        opening = Opening(data_key, drop, case["sealed_size"])
        plaintext = b"".join(opening.open(place, stripe) for place, stripe in enumerate(stripes))
        assert plaintext[: case["pack_size"]] == stream("pack", case["pack_size"])


@pytest.mark.parametrize(
    "case", frozen("threshold")["cases"], ids=lambda c: f"{c['k']} of {c['n']} outer {c['outer']} size {c['size']}"
)
def test_pieces_are_those_of_plain_arithmetic_and_join(case: dict[str, Any]) -> None:
    scheme, size = Scheme(case["k"], case["n"], case["outer"]), case["size"]
    stripe, random = stream("stripe", size), stream("random", (scheme.outer + scheme.k - 1) * size)
    pieces = split_plainly(scheme, stripe, random)
    assert scheme.indices == case["indices"]
    assert [digest(pieces[index]) for index in case["indices"]] == case["pieces_sha256"]
    needed = {index: piece for index, piece in pieces.items() if index >= scheme.n - scheme.k}
    assert bytes(scheme.join(needed)) == stripe


def test_an_old_pack_unpacks() -> None:
    vectors = frozen("pack")
    got = [
        {
            "path": entry.path.encode("utf-8", "surrogateescape").hex(),
            "kind": entry.kind,
            "mode": entry.mode,
            "mtime_ns": entry.mtime_ns,
            "size": entry.size,
            "target": entry.target,
        }
        for entry, content in unpack([bytes.fromhex(vectors["pack"])])
        if b"".join(content) == stream("file", entry.size)
    ]
    assert got == vectors["entries"]


def test_an_old_ticket_opens() -> None:
    vectors = frozen("ticket")
    ticket = open_ticket(bytes.fromhex(vectors["claim_seed"]), bytes.fromhex(vectors["sealed"]))
    assert ticket == Ticket.model_validate(vectors["ticket"])


def test_a_protected_ticket_is_that_of_other_libraries_and_opens() -> None:
    vectors = frozen("protected")
    ticket, plain = ProtectedTicket.model_validate(vectors["ticket"]), bytes.fromhex(vectors["plain"])
    kept, passphrase = ticket.protected, vectors["passphrase"]
    key = hashlib.scrypt(passphrase.encode(), salt=unb64(kept.salt), n=2**15, r=8, p=3, maxmem=2**26, dklen=32)
    assert AESGCM(key).decrypt(unb64(kept.nonce), unb64(kept.sealed), None) == plain
    assert open_under(normalize("NFD", passphrase), ticket) == plain


def test_an_old_receipt_is_verified() -> None:
    vectors = frozen("receipt")
    spki, sig = bytes.fromhex(vectors["spki"]), bytes.fromhex(vectors["sig"])
    signed = SignedReceipt(payload=vectors["payload"], spki=b64(spki), sig=b64(sig))
    assert read_receipt(signed, spki, vectors["id"]).condition == "after 3d"


def test_an_old_share_header_is_read() -> None:
    header = ShareHeader.unpack(bytes.fromhex(frozen("share")["header"]))
    assert (header.k, header.n, header.index, header.size) == (2, 3, 1, 2 * STRIPE + 960)
    assert ShareHeader.unpack(bytes.fromhex(frozen("share")["outer_header"])).outer
