"""The route table over HTTP: strict in, JSON out."""

import json
import logging

import pytest
from werkzeug.test import TestResponse

from ddb_contract.messages import Problem, Storing
from ddb_contract.pairing import LaptopSide
from ddb_contract.rights import Verb, authorization, secret_hash
from ddb_contract.routes import ROUTES
from ddb_contract.shares import STRIPE
from ddb_contract.text import b32, b64, unb64
from ddb_custodian.http.app import make_app
from ddb_custodian.http.handlers import HANDLERS, Custodian
from fakes_custodian import ONE_STRIPE, TOKEN, TWO_STRIPES, Rig, SeededEntropy


def problem(response: TestResponse, status: int, code: str) -> Problem:
    assert (response.status_code, response.mimetype) == (status, "application/problem+json")
    found = Problem.model_validate_json(response.data)
    assert found.code == code
    return found


def root_body(drop) -> bytes:
    return json.dumps({"root": b64(drop.root)}).encode()


def test_every_route_of_the_contract_has_a_handler_and_no_other_rule_exists(edge):
    assert set(HANDLERS) == set(ROUTES)
    rules = {
        (rule.endpoint, rule.rule, tuple(rule.methods - {"HEAD"}))
        for rule in edge.client.application.url_map.iter_rules()
    }
    assert rules == {(name, route.path, (route.method,)) for name, route in ROUTES.items()}


def test_a_share_goes_all_the_way_in_and_out(edge):
    drop, rig = edge.rig.drop(TWO_STRIPES), edge.rig
    name = b32(drop.id)
    assert edge.ask("reserve", body=drop.request().model_dump_json().encode()).status_code == 201
    for stripe, piece in enumerate(drop.pieces):
        put = edge.ask("piece", body=piece, drop=name, stripe=str(stripe))
        assert (put.status_code, put.data) == (204, b"")
    while (stored := edge.ask("store", body=root_body(drop), drop=name)).status_code == 202:
        Storing.model_validate_json(stored.data)
    assert stored.status_code == 200
    copy = json.dumps({"lookup": b64(b"l" * 16), "sealed": b64(b"sealed ticket")}).encode()
    assert edge.ask("copy", body=copy, drop=name).status_code == 204
    assert edge.ask("ticket", None, lookup=b64(b"l" * 16)).json == {"v": 1, "sealed": b64(b"sealed ticket")}
    locked = edge.ask("commit", body=root_body(drop), drop=name)
    assert edge.ask("commit", body=root_body(drop), drop=name).data == locked.data
    early = edge.ask_as(drop, Verb.CLAIM, "content")
    assert problem(early, 423, "locked").reasons
    assert early.headers["Retry-After"] == "10"
    rig.wait(10)
    assert edge.ask_as(drop, Verb.CLAIM, "content").data == b"".join(drop.pieces)
    assert edge.ask_as(drop, Verb.CLAIM, "leaves").data == b"".join(drop.leaves)
    assert edge.ask_as(drop, Verb.CLAIM, "collected").status_code == 204
    assert edge.ask_as(drop, Verb.CLAIM, "status").json["state"] == "collected"
    assert edge.ask_as(drop, Verb.DESTROY, "destroy").status_code == 204
    problem(edge.ask_as(drop, Verb.CLAIM, "content"), 410, "gone")


def test_a_laptop_pairs_over_http_and_its_token_opens_the_way_in(edge):
    edge.pairing.open()
    side = LaptopSide(edge.display.shown[-1], edge.rig.signer.spki, SeededEntropy(2))
    offered = edge.ask("pair", None, json.dumps({"message": b64(side.message), "laptop": "mine"}).encode())
    answer = offered.json
    keys = side.keys(unb64(answer["message"]))
    proof = json.dumps({"proof": b64(keys.client_proof)}).encode()
    proved = edge.ask("prove", None, proof, session=answer["session"])
    assert proved.json == {"v": 1, "proof": b64(keys.server_proof)}
    mine = authorization(Verb.LAPTOP, keys.token)
    laptops = edge.ask("laptops", mine).json["laptops"]
    assert [laptop["name"] for laptop in laptops if laptop["you"]] == ["mine"]
    [me] = [laptop["laptop"] for laptop in laptops if laptop["you"]]
    assert edge.ask("revoke", mine, laptop=me).status_code == 204
    problem(edge.ask("log", mine), 401, "not-paired")


@pytest.mark.parametrize(
    ("wanted", "span"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=5-", (5, TWO_STRIPES)),
        ("bytes=-7", (TWO_STRIPES - 7, TWO_STRIPES)),
        (f"bytes={STRIPE - 3}-{STRIPE + 2}", (STRIPE - 3, STRIPE + 3)),
        (f"bytes={STRIPE}-{TWO_STRIPES - 1}", (STRIPE, TWO_STRIPES)),
        (f"bytes=10-{10 * TWO_STRIPES}", (10, TWO_STRIPES)),
    ],
)
def test_one_range_is_answered_with_exactly_those_bytes(edge, wanted, span):
    drop = edge.rig.locked(TWO_STRIPES)
    edge.rig.wait(10)
    auth = authorization(Verb.CLAIM, drop.secret(Verb.CLAIM))
    headers = {"Authorization": auth, "Range": wanted}
    response = edge.client.get(f"/v1/drops/{b32(drop.id)}/content", headers=headers)
    start, stop = span
    assert response.status_code == 206
    assert response.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{TWO_STRIPES}"
    assert response.data == b"".join(drop.pieces)[start:stop]
    assert response.content_length == stop - start


@pytest.mark.parametrize(
    "wanted", [f"bytes={ONE_STRIPE}-", "bytes=9-3", "bytes=0-1,3-4", "stripes=0-1", "0-1", "bytes=a-b", "bytes=-0", ""]
)
def test_any_other_range_is_refused(edge, wanted):
    drop = edge.rig.locked()
    edge.rig.wait(10)
    headers = {"Authorization": authorization(Verb.CLAIM, drop.secret(Verb.CLAIM)), "Range": wanted}
    problem(edge.client.get(f"/v1/drops/{b32(drop.id)}/content", headers=headers), 416, "bad-range")


GOOD = json.loads(Rig(None).drop().request().model_dump_json())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"v":' * 20_000,
        json.dumps(GOOD | {"v": 2}).encode(),
        json.dumps(GOOD | {"v": True}).encode(),
        json.dumps(GOOD | {"v": 1.0}).encode(),
        json.dumps(GOOD | {"v": False}).encode(),
        json.dumps(GOOD | {"v": float("nan")}).encode(),
        json.dumps(GOOD | {"v": "1"}).encode(),
        json.dumps(GOOD | {"more": 1}).encode(),
        json.dumps(GOOD | {"condition": 0}).encode(),
        json.dumps(GOOD | {"condition": False}).encode(),
        json.dumps(GOOD | {"header": None}).encode(),
        json.dumps(GOOD | {"header": GOOD["header"] + "="}).encode(),
        json.dumps(GOOD | {"hashes": GOOD["hashes"] | {"claim": "AA"}}).encode(),
        json.dumps({key: value for key, value in GOOD.items() if key != "condition"}).encode(),
        b'{"condition": "after 1s", ' + json.dumps(GOOD).encode()[1:],
        json.dumps(GOOD).encode() + b"{}",
        json.dumps(GOOD).encode("utf-16"),
    ],
    ids=lambda body: body[:20].decode("latin1"),
)
def test_a_body_that_is_not_exactly_the_message_is_malformed(edge, body):
    problem(edge.ask("reserve", body=body), 400, "malformed")
    assert edge.ask("reserve", body=json.dumps(GOOD).encode()).status_code == 201


def test_a_body_where_none_belongs_is_malformed(edge):
    problem(edge.ask("laptops", body=b"{}"), 400, "malformed")


@pytest.mark.parametrize("route", [name for name, route in ROUTES.items() if route.body is not None])
def test_every_route_with_a_body_refuses_nothing_false_and_deep(edge, route):
    verb = Verb.EXTEND if route == "extend" else Verb.LAPTOP
    for body in (b"", b"false", b"[" * 100_000, b'{"v": 2}', b'{"v": NaN}'):
        problem(edge.ask(route, authorization(verb, TOKEN), body), 400, "malformed")


@pytest.mark.parametrize("stripe", ["-1", "01", "+1", "1.0", "\uff11", "x", "9" * 30, "%20"])
def test_a_stripe_that_is_no_canonical_number_is_unknown(edge, stripe):
    problem(edge.ask("piece", body=b"x", stripe=stripe), 404, "unknown")


@pytest.mark.parametrize("drop", ["A" * 26, "a" * 25, "a" * 27, "a" * 25 + "b", "ä" * 26, "a" * 26 + "=", "%00"])
def test_a_drop_that_is_no_canonical_name_is_unknown(edge, drop):
    problem(edge.ask("piece", body=b"x", drop=drop), 404, "unknown")
    problem(edge.ask("status", authorization(Verb.CLAIM, b"c" * 32), drop=drop), 404, "unknown")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/v1", 404),
        ("GET", "/v1/custodian/", 404),
        ("GET", "//v1/custodian", 404),
        ("GET", "/static/x", 404),
        ("OPTIONS", "/v1/custodian", 405),
        ("POST", "/v1/custodian", 405),
        ("TRACE", "/healthz", 405),
        ("BREW", "/healthz", 405),
        ("GET", "/v1/pairing", 405),
    ],
)
def test_what_is_not_in_the_table_is_an_unknown_problem(edge, method, path, status):
    problem(edge.client.open(path, method=method), status, "unknown")


def test_head_is_no_way_around_a_route(edge):
    assert edge.client.head("/healthz").status_code == 404


def test_every_answer_forbids_caches_and_names_no_software(edge):
    drop = edge.rig.locked()
    edge.rig.wait(10)
    for response in (edge.ask("health", None), edge.ask("log", None), edge.ask_as(drop, Verb.CLAIM, "content")):
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "Server" not in response.headers


def test_an_error_of_our_own_is_failing_and_the_log_keeps_the_secrets(edge, caplog):
    class Broken:
        def __getattr__(self, name):
            def broken(*args):
                raise RuntimeError(f"secret {args!r}")

            return broken

    client = make_app(Custodian(Broken(), Broken(), edge.custodian.about)).test_client()
    with caplog.at_level(logging.DEBUG):
        auth = authorization(Verb.CLAIM, b"c" * 32)
        response = client.get(f"/v1/drops/{'a' * 26}?q=s3cret", headers={"Authorization": auth})
    problem(response, 500, "failing")
    assert "RuntimeError" in caplog.text
    for secret in ("secret", "s3cret", b64(b"c" * 32), "cccc", "aaaa"):
        assert secret not in caplog.text


def test_a_disk_that_fails_on_the_first_stripe_is_told_in_words(edge):
    drop = edge.rig.locked()
    edge.rig.wait(10)
    edge.rig.blobs.remove(drop.header)
    assert edge.ask_as(drop, Verb.CLAIM, "content").status_code in (410, 500)


def test_a_laptop_may_not_touch_what_another_one_reserved(edge):
    drop = edge.rig.drop()
    edge.rig.upload(drop)
    other = b"o" * 32
    edge.rig.shelf.put_laptop(
        type(edge.rig.me)(b"another laptop!!", "other", secret_hash(Verb.LAPTOP, other), 0.0, 10**9)
    )
    auth = authorization(Verb.LAPTOP, other)
    name = b32(drop.id)
    answers = [
        edge.ask("piece", auth, drop.pieces[0], drop=name),
        edge.ask("store", auth, root_body(drop), drop=name),
        edge.ask("commit", auth, root_body(drop), drop=name),
        edge.ask("commit", auth, root_body(drop)),
    ]
    assert {problem(answer, 404, "unknown").detail for answer in answers} == {"Nothing here answers to that."}
