"""The approvers' page, and claims, over HTTP."""

import json
from base64 import b64encode
from hashlib import sha256
from urllib.parse import urlencode

import pytest

from ddb_contract.approval import code_of
from ddb_contract.rights import Verb, authorization
from ddb_contract.routes import CLAIM_HEADER
from ddb_contract.text import b32, b64
from ddb_custodian.approvals import FROM_ONE
from ddb_custodian.http.pages import TYPED
from fakes_custodian import FakeLinks


@pytest.fixture
def drop(edge):
    return edge.rig.locked(condition="approvals 1 of (1)", approvers=1)


def send(edge, code, **environ):
    return edge.client.post("/approve", data=urlencode({"code": code}).encode(), environ_base=environ)


def test_the_page_is_self_contained_and_locked_down(edge):
    response = edge.client.get("/approve")
    assert (response.status_code, response.mimetype) == (200, "text/html")
    text = response.text
    assert "<script" not in text
    assert "//" not in text
    style = text.partition("<style>")[2].partition("</style>")[0]
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none';")
    assert f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" in policy
    assert "form-action 'self'" in policy
    assert "unsafe" not in policy
    assert "style=" not in text
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in response.headers


def test_a_code_is_recorded_once_however_it_was_typed(edge, drop):
    code = code_of(drop.code(1))
    first, second = send(edge, code), send(edge, f" {code.lower().replace('-', chr(13) + chr(10))} ")
    assert (first.status_code, second.status_code) == (200, 200)
    assert "Your approval is recorded here" in first.text
    assert "Already recorded" in second.text
    assert "<form" not in first.text + second.text
    assert edge.rig.events().count("approved") == 1


@pytest.mark.parametrize("code", ["", "AAAAA", "0" * 500, "\u0000", "<script>", '"><b>x'])
def test_what_is_no_code_is_said_costs_no_guess_and_is_shown_again_harmlessly(edge, drop, code):
    for _ in range(2 * FROM_ONE.burst):
        answer = send(edge, code)
        assert answer.status_code == 404
        assert "That is no approval code" in answer.text
    assert "<script>" not in answer.text
    assert "<b>x" not in answer.text
    assert "0" * (TYPED + 1) not in answer.text
    assert send(edge, code_of(drop.code(1))).status_code == 200


def test_a_wrong_code_is_not_found_and_many_are_too_many_until_they_come_from_elsewhere(edge, drop):
    wrong, right = code_of(bytes(16)), code_of(drop.code(1))
    for _ in range(FROM_ONE.burst):
        answer = send(edge, wrong)
        assert (answer.status_code, "No such code here" in answer.text) == (404, True)
    limited = send(edge, right)
    assert (limited.status_code, limited.headers["Retry-After"]) == (429, str(int(FROM_ONE.every)))
    assert "Too many wrong codes" in limited.text
    assert send(edge, right, REMOTE_ADDR=FakeLinks.FAR).status_code == 200


def test_no_header_is_believed_about_where_a_guess_comes_from(edge):
    auth, statuses = authorization(Verb.APPROVE, bytes(16)), []
    for number in range(FROM_ONE.burst + 1):
        there = f"192.0.2.{number}"
        headers = {"Authorization": auth, "X-Forwarded-For": there, "Forwarded": f"for={there}", "X-Real-IP": there}
        statuses.append(edge.client.post("/v1/approvals", headers=headers).status_code)
    assert statuses == [404] * FROM_ONE.burst + [429]


@pytest.mark.parametrize("body", [b"\xff\xfe", b"code=%ff", b"&".join([b"code=a"] * 9), b"[" * 100_000, b"{}", b""])
def test_a_form_that_is_none_is_refused_and_nothing_happens(edge, body):
    assert edge.client.post("/approve", data=body).status_code in (400, 404)


def test_an_approval_by_ddb_says_whether_it_was_there(edge, drop):
    auth = authorization(Verb.APPROVE, drop.code(1))
    assert [edge.ask("approve", auth).json for _ in range(2)] == [{"v": 1, "again": again} for again in (False, True)]
    assert edge.ask_as(drop, Verb.CLAIM, "status").json["approved"] == [1]


def test_a_claim_in_the_header_is_what_a_press_counts_for(edge):
    drop = edge.rig.locked(condition="button")
    auth, name = authorization(Verb.CLAIM, drop.secret(Verb.CLAIM)), b32(drop.id)
    claimed = edge.ask("claim", auth, drop=name).json
    assert claimed["waits_for_button"]
    edge.rig.keeper.press()
    for header, status in [(claimed["claim"], 200), (b64(bytes(16)), 423), ("*", 423), ("", 423), (None, 423)]:
        headers = {"Authorization": auth} | ({} if header is None else {CLAIM_HEADER: header})
        answers = [edge.client.get(f"/v1/drops/{name}/{what}", headers=headers) for what in ("content", "leaves")]
        assert [answer.status_code for answer in answers] == [status] * 2
        said = edge.client.get(f"/v1/drops/{name}", headers=headers).json
        assert said["verdict"]["holds"] is (status == 200)
    headers = {"Authorization": auth, CLAIM_HEADER: claimed["claim"]}
    assert edge.client.post(f"/v1/drops/{name}/collected", headers=headers).status_code == 204


def test_home_is_the_sockets_other_end(edge):
    drop = edge.rig.locked(condition="home and after 1s")
    edge.rig.wait(1)
    auth, path = authorization(Verb.CLAIM, drop.secret(Verb.CLAIM)), f"/v1/drops/{b32(drop.id)}/content"
    headers = {"Authorization": auth, "X-Forwarded-For": FakeLinks.NEIGHBOUR, "Host": FakeLinks.NEIGHBOUR}
    for address, status in ((FakeLinks.NEIGHBOUR, 200), (FakeLinks.FAR, 423)):
        answer = edge.client.get(path, headers=headers, environ_base={"REMOTE_ADDR": address})
        assert answer.status_code == status


def test_an_extension_goes_by_its_own_secret(edge):
    drop = edge.rig.locked()
    auth = authorization(Verb.EXTEND, drop.secret(Verb.EXTEND))
    answers = [edge.ask("extend", auth, json.dumps({"extra": "after 20s"}).encode(), drop=b32(drop.id)) for _ in "12"]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].data == answers[1].data
    edge.rig.wait(15)
    assert edge.ask_as(drop, Verb.CLAIM, "content").status_code == 423
