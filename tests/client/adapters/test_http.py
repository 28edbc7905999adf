"""What the laptop makes of a custodian's answers, honest or not."""

import itertools
import json
import math
import socket
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest
from Crypto.PublicKey import ECC

from ddb_client.adapters import channel, tls
from ddb_client.adapters.channel import Patience
from ddb_client.adapters.http import HttpGateway, plain
from ddb_client.errors import BadAnswer, Failure, Refused, Unreachable
from ddb_client.ports import Address, CustodianApi
from ddb_contract.identity import sign
from ddb_contract.messages import Receipt
from ddb_contract.receipts import PURPOSE
from ddb_contract.shares import STRIPE
from ddb_contract.text import b32, b64
from fakes_client import FakeClock
from tls_server import DRIPS, Asked, Says, key, serving

DROP, TOKEN, ROOT = b32(b"d" * 16), b"t" * 32, b"r" * 32


def open_at(address: Address, clock: FakeClock | None = None, **patience: float) -> CustodianApi:
    waits = Patience(**({"upload": 2.0, "read": 1.0, "question": 0.5} | patience))
    return HttpGateway(clock or FakeClock(), lambda size: bytes(size), waits).open(key().id, "desk", [address], TOKEN)


def problem(status: int, **fields: object) -> Says:
    return Says(status, json.dumps({"v": 1, "code": "x", "detail": "No.", **fields}).encode())


def receipt(type_: str = "stored") -> Receipt:
    return Receipt(
        type=type_,  # type: ignore[arg-type]
        drop=DROP,
        id=key().id,
        index=0,
        size=65_760,
        root=b64(ROOT),
        condition="after 1h",
        rights=b64(bytes(32)),
        custody_at=1.0,
        round_target=None,
        log_seq=1,
        log_head=b64(bytes(32)),
        practice=True,
        administered=True,
    )


def signed(by: int = 0) -> Says:
    payload = receipt().model_dump_json()
    sig = sign(ECC.import_key(key(by).pem.decode().split("-----BEGIN CERT")[0]), PURPOSE, payload.encode())
    body = {"v": 1, "payload": payload, "spki": b64(key(by).spki), "sig": b64(sig)}
    return Says(200, json.dumps(body).encode())


def reading(checked: int) -> Says:
    return Says(202, json.dumps({"v": 1, "checked": checked, "stripes": 9}).encode())


def test_a_piece_arrives_as_it_was_with_the_token_and_only_its_bytes() -> None:
    piece = bytes(range(256)) * 3840
    with serving(lambda _: Says(204)) as server:
        open_at(server.address).put_piece(DROP, 7, memoryview(piece))
    (asked,) = server.asked
    assert (asked.method, asked.path, asked.body) == ("PUT", f"/v1/drops/{DROP}/pieces/7", piece)
    assert asked.headers["authorization"] == f"DDB laptop {b64(TOKEN)}"


def test_a_cut_connection_is_made_again_until_the_piece_is_written() -> None:
    answers = iter([Says(cut=True), Says(cut=True), Says(204)])
    with serving(lambda _: next(answers)) as server:
        open_at(server.address).put_piece(DROP, 0, b"x" * 100)
    assert [asked.body for asked in server.asked] == [b"x" * 100] * 3


def test_a_busy_custodian_is_asked_again_after_a_pause() -> None:
    clock = FakeClock()
    answers = iter([problem(429), problem(429), Says(204)])
    with serving(lambda _: next(answers)) as server:
        open_at(server.address, clock).put_piece(DROP, 0, b"x")
    assert clock.waits == [0.1, 0.2]


def test_patience_ends() -> None:
    clock = FakeClock()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        nobody = Address("127.0.0.1", listener.getsockname()[1])
    with pytest.raises(Unreachable, match="desk doesn't answer"):
        open_at(nobody, clock, upload=60.0).put_piece(DROP, 0, b"x")
    assert 50 < sum(clock.waits) <= 60


def test_a_silent_server_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tls, "READ_TIMEOUT", 0.2)
    monkeypatch.setattr(tls, "CONNECT_TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(Unreachable):
        open_at(Address("127.0.0.1", listener.getsockname()[1]), question=0.0).info()


@pytest.mark.parametrize(
    ("begins", "drip"),
    [
        (b"", b"H"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    ],
)
def test_an_answer_that_trickles_is_given_up(begins: bytes, drip: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tls, "ANSWER_TIMEOUT", 0.3)
    with serving(lambda _: Says(raw=begins, drip=drip, close=True)) as server:
        with pytest.raises(Unreachable):
            open_at(server.address, question=0.0).info()
        assert server.drips < DRIPS


def test_addresses_are_tried_in_order_and_the_one_that_answered_first_the_next_time() -> None:
    with serving(lambda _: Says(204)) as server:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            dead = Address("127.0.0.1", listener.getsockname()[1])
        made = channel.Channel(key().id, "desk", [dead, server.address], FakeClock())
        request = channel.Request("PUT", "/x", {}, b"", 10, 0.0)
        assert made.call(request).status == 204
        assert made._addresses[0] == server.address


def test_a_refusal_carries_code_words_and_when_it_may_change() -> None:
    says = problem(
        423, code="locked", detail="The share is\x1b[31m locked.", reasons=["1h of 2h left"], next_change=3.5
    )
    with serving(lambda _: says) as server, pytest.raises(Refused) as caught:
        open_at(server.address).leaves(DROP, b"c" * 32)
    refused = caught.value
    assert (refused.problem, refused.status, refused.reasons, refused.next_change) == (
        "locked",
        423,
        ("1h of 2h left",),
        3.5,
    )
    assert refused.message == "desk: the share is [31m locked"


def test_store_waits_while_the_custodian_reads_back_and_verifies_the_receipt() -> None:
    clock = FakeClock()
    answers = iter([reading(1), reading(1), signed()])
    with serving(lambda _: next(answers)) as server:
        assert open_at(server.address, clock).store(DROP, ROOT) == receipt()
    assert clock.waits == [0.05, 0.1]


def test_a_custodian_that_reads_back_no_further_is_given_up() -> None:
    clock = FakeClock()
    answers = itertools.islice(itertools.cycle([reading(0), reading(3), reading(2)]), 2000)
    with serving(lambda _: next(answers)) as server, pytest.raises(Failure, match=r"desk stopped .* at stripe 3"):
        open_at(server.address, clock).store(DROP, ROOT)
    assert 500 < sum(clock.waits) < 700


def test_a_custodian_that_reads_back_slowly_is_waited_for() -> None:
    clock = FakeClock()
    answers = itertools.chain((reading(asked // 400) for asked in range(1200)), [signed()])
    with serving(lambda _: next(answers)) as server:
        assert open_at(server.address, clock).store(DROP, ROOT) == receipt()
    assert sum(clock.waits) > 1000


def test_a_receipt_of_another_key_is_refused() -> None:
    with serving(lambda _: signed(by=1)) as server, pytest.raises(BadAnswer, match="desk"):
        open_at(server.address).commit(DROP, ROOT)


@pytest.mark.parametrize(
    "says",
    [
        Says(200, b"{"),
        Says(200, b"[" * 100_000),
        Says(200, b"\xff\xfe"),
        Says(200, json.dumps({"v": 2}).encode()),
        Says(200, json.dumps({"v": 1, "laptops": [], "more": 1}).encode()),
        Says(500, b"<html>no</html>"),
        Says(404, json.dumps({"v": 1, "code": 7, "detail": "x"}).encode()),
        Says(200, b'{"v":1,"laptops":[]}' + b" " * 1_000_000),
        Says(302, b"", {"Location": "https://127.0.0.1:1/"}),
        Says(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999999\r\n\r\n" + b"x" * 400_000, close=True),
    ],
)
def test_an_answer_that_makes_no_sense_is_one_sentence(says: Says) -> None:
    with serving(lambda _: says) as server, pytest.raises(BadAnswer, match="desk"):
        open_at(server.address).laptops()


@pytest.mark.parametrize(
    "raw", [b"", b"\0" * 70_000, b"HTTP/9 x y\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"]
)
def test_what_is_no_http_is_a_failure_in_words(raw: bytes) -> None:
    with serving(lambda _: Says(raw=raw, close=True)) as server, pytest.raises(Failure, match="desk"):
        open_at(server.address, question=0.0).laptops()


def test_a_stripe_is_asked_for_by_range_and_its_answer_must_be_that_range() -> None:
    size = STRIPE + 960

    def content(asked: Asked) -> Says:
        assert asked.headers["range"] == f"bytes={STRIPE}-{STRIPE + 959}"
        return Says(206, b"p" * 960, {"Content-Range": f"bytes {STRIPE}-{STRIPE + 959}/{size}"})

    with serving(content) as server:
        assert open_at(server.address).piece(DROP, 1, size, b"c" * 32) == b"p" * 960


@pytest.mark.parametrize(
    "says",
    [
        Says(200, b"p" * 960),
        Says(206, b"p" * 959, {"Content-Range": f"bytes 0-959/{960}"}),
        Says(206, b"p" * 960, {"Content-Range": "bytes 960-1919/1920"}),
    ],
)
def test_another_range_is_no_answer(says: Says) -> None:
    with serving(lambda _: says) as server, pytest.raises(BadAnswer):
        open_at(server.address).piece(DROP, 0, 960, b"c" * 32)


def stands(verdict: Mapping[str, object] = MappingProxyType({}), **lies: object) -> Says:
    honest = {
        "v": 1,
        "drop": DROP,
        "id": key().id,
        "state": "locked",
        "damaged": False,
        "index": 0,
        "size": 66_240,
        "condition": "after 1h",
        "verdict": {"v": 1, "holds": False, "reasons": ["1h of 1h left"], "next_change": 3600.0, **verdict},
        "approved": [],
        "custody_now": 2.0,
        "locked_at": 1.0,
    }
    return Says(200, json.dumps(honest | lies).encode())


@pytest.mark.parametrize(
    "lies",
    [
        {"condition": "whenever you like"},
        {"condition": "after 99999999999d"},
        {"custody_now": math.nan},
        {"custody_now": math.inf},
        {"locked_at": -1e300},
        {"verdict": {"next_change": math.inf}},
        {"verdict": {"next_change": 1e300}},
        {"verdict": {"next_change": -1.0}},
    ],
    ids=str,
)
def test_a_standing_that_cannot_be_is_no_answer(lies: dict[str, Any]) -> None:
    with serving(lambda _: stands()) as server:
        assert open_at(server.address).status(DROP, b"c" * 32).condition == "after 1h"
    with serving(lambda _: stands(**lies)) as server, pytest.raises(BadAnswer, match="desk"):
        open_at(server.address).status(DROP, b"c" * 32)


def test_reasons_write_nothing_but_words_on_a_terminal() -> None:
    with serving(lambda _: stands(verdict={"reasons": ["\x1b[2J\x1b]0;owned\x07locked\n"] * 1000})) as server:
        reasons = open_at(server.address).status(DROP, b"c" * 32).verdict.reasons
    assert len(reasons) <= 50
    assert all(reason.isprintable() for reason in reasons)


def test_destroying_what_is_gone_is_fine() -> None:
    with serving(lambda _: problem(410)) as server:
        open_at(server.address).destroy(DROP, b"s" * 32)


def test_without_a_token_nothing_is_asked() -> None:
    with serving(lambda _: Says(204)) as server:
        api = HttpGateway(FakeClock(), lambda size: bytes(size)).open(key().id, "desk", [server.address], None)
        with pytest.raises(Refused, match="not paired"):
            api.put_piece(DROP, 0, b"x")
    assert server.handshakes == 0


def test_words_of_a_custodian_are_one_short_printable_line() -> None:
    assert plain("No\nroom\x1b]0;x\x07.") == "no room ]0;x"
    assert len(plain("x" * 10_000)) == 300


def json_of(document: dict[str, object], status: int = 200) -> Says:
    return Says(status, json.dumps({"v": 1, **document}).encode())


def test_a_claim_is_made_with_the_claim_secret_and_goes_with_what_follows() -> None:
    made = b64(b"m" * 16)
    answers = iter(
        [
            json_of(
                {
                    "claim": made,
                    "verdict": {"v": 1, "holds": False, "reasons": [], "next_change": None},
                    "waits_for_button": True,
                }
            ),
            Says(200, b"l" * 32),
            Says(206, b"p" * 960, {"Content-Range": "bytes 0-959/960"}),
            Says(204),
        ]
    )
    with serving(lambda _: next(answers)) as server:
        api = open_at(server.address)
        claimed = api.claim(DROP, b"c" * 32)
        assert claimed.waits_for_button
        api.leaves(DROP, b"c" * 32, claimed.claim)
        api.piece(DROP, 0, 960, b"c" * 32, claimed.claim)
        api.collected(DROP, b"c" * 32, claimed.claim)
    assert (server.asked[0].method, server.asked[0].path) == ("POST", f"/v1/drops/{DROP}/claim")
    assert {asked.headers["authorization"] for asked in server.asked} == {f"DDB claim {b64(b'c' * 32)}"}
    assert [asked.headers.get("ddb-claim") for asked in server.asked] == [None, made, made, made]


@pytest.mark.parametrize("again", [True, False])
def test_an_approval_shows_only_its_code(again: bool) -> None:
    with serving(lambda _: json_of({"again": again})) as server:
        assert open_at(server.address).approve(b"a" * 16) is again
    (asked,) = server.asked
    assert (asked.method, asked.path, asked.body) == ("POST", "/v1/approvals", b"")
    assert asked.headers["authorization"] == f"DDB approve {b64(b'a' * 16)}"


def test_an_extension_shows_the_extend_secret_and_its_receipt_is_verified() -> None:
    with serving(lambda _: signed()) as server:
        assert open_at(server.address).extend(DROP, b"e" * 32, "after 2h") == receipt()
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", f"/v1/drops/{DROP}/extend")
    assert json.loads(asked.body) == {"v": 1, "extra": "after 2h"}
    assert asked.headers["authorization"] == f"DDB extend {b64(b'e' * 32)}"
    with serving(lambda _: signed(by=1)) as server, pytest.raises(BadAnswer, match="didn't sign"):
        open_at(server.address).extend(DROP, b"e" * 32, "after 2h")
