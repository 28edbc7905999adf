from typing import Any

import pytest
from pydantic import ValidationError

from ddb_contract import messages as m
from ddb_contract.problems import Refusal
from ddb_contract.rights import Verb
from ddb_contract.routes import ROUTES
from ddb_contract.text import b32, b64

RESERVE = {
    "v": 1,
    "header": b64(bytes(48)),
    "condition": "after 3d",
    "hashes": {"v": 1, "claim": b64(bytes(32)), "extend": b64(bytes(32)), "destroy": b64(bytes(32))},
}


def test_a_body_reads_back() -> None:
    body = m.Reserve.model_validate(RESERVE)
    assert m.Reserve.model_validate_json(body.model_dump_json()) == body


def test_digests_of_approvers_are_kept_in_their_order() -> None:
    digests = [b64(bytes([n]) * 32) for n in (3, 1, 2)]
    body = m.RightHashes.model_validate({**RESERVE["hashes"], "approve": digests})  # type: ignore[dict-item]
    assert m.RightHashes.model_validate_json(body.model_dump_json()).approve == digests
    assert m.RightHashes.model_validate(RESERVE["hashes"]).approve == []


@pytest.mark.parametrize("claim", [b64(bytes(15)), b64(bytes(16)) + "=", "", None])
def test_a_claim_has_a_name_of_16_bytes(claim: object) -> None:
    verdict = {"holds": False, "reasons": [], "next_change": None}
    good = {"claim": b64(bytes(16)), "verdict": verdict, "waits_for_button": True}
    m.Claimed.model_validate(good)
    with pytest.raises(ValidationError):
        m.Claimed.model_validate({**good, "claim": claim})


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"v": "1"},
        {"extra": 1},
        {"header": b64(bytes(47))},
        {"header": b64(bytes(48)) + "="},
        {"header": 5},
        {"condition": ""},
        {"condition": "x" * 1001},
        {"condition": None},
        {"hashes": {}},
        {"hashes": {**RESERVE["hashes"], "claim": b64(bytes(31))}},  # type: ignore[dict-item]
        {"hashes": {**RESERVE["hashes"], "approve": [b64(bytes(16))]}},  # type: ignore[dict-item]
        {"hashes": {**RESERVE["hashes"], "approve": [b64(bytes(32))] * 17}},  # type: ignore[dict-item]
        {"hashes": {**RESERVE["hashes"], "approve": None}},  # type: ignore[dict-item]
    ],
)
def test_a_body_that_differs_anywhere_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        m.Reserve.model_validate({**RESERVE, **change})


@pytest.mark.parametrize("value", [False, "0", None])
def test_nothing_is_taken_for_a_number(value: object) -> None:
    with pytest.raises(ValidationError):
        m.Reserved.model_validate({"drop": b32(bytes(16)), "custody_now": value})


@pytest.mark.parametrize("name", ["", " desk", "desk\n", "\x1b[31m", "x" * 64, "a\u202eb"])
def test_a_name_that_plays_tricks_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        m.PairingOffer.model_validate({"message": "", "laptop": name})


@pytest.mark.parametrize("route", ROUTES.values(), ids=ROUTES)
def test_every_route_is_versioned_and_reachable_only_by_known_rights(route: Any) -> None:
    assert route.path in ("/healthz", "/approve") or route.path.startswith("/v1/")
    assert route.rights <= set(Verb)
    assert route.says
    for body in (route.body, route.answer):
        assert body is None or body.model_config["strict"]
        assert body is None or body.model_config["extra"] == "forbid"


def test_no_two_routes_are_one() -> None:
    assert len({(route.method, route.path) for route in ROUTES.values()}) == len(ROUTES)


def test_every_refusal_has_its_own_code_and_a_sentence() -> None:
    kinds = Refusal.__subclasses__()
    assert len({kind.code for kind in kinds}) == len(kinds)
    assert all(400 <= kind.status < 600 and kind.__doc__ for kind in kinds)
