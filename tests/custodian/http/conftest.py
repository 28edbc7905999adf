"""The whole HTTP edge over a real keeper and a real pairing, on fakes of their ports."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ddb_contract.lights import Light
from ddb_contract.messages import CustodianInfo
from ddb_contract.pairing import answer_offer
from ddb_contract.rights import Verb, authorization
from ddb_contract.routes import ROUTES
from ddb_contract.text import b32
from ddb_custodian.adapters.key import KeyFiles
from ddb_custodian.http.app import make_app
from ddb_custodian.http.handlers import Custodian
from ddb_custodian.pairing import Pairing
from fakes_custodian import TOKEN, Drop, RecordingDisplay, Rig, SeededEntropy

LAPTOP = authorization(Verb.LAPTOP, TOKEN)


@dataclass
class Edge:
    """A custodian and a way to ask it. Path parameters not given are those of nothing known."""

    rig: Rig
    pairing: Pairing
    display: RecordingDisplay
    custodian: Custodian
    client: FlaskClient

    def ask(self, route: str, auth: str | None = LAPTOP, body: bytes = b"", **path: str) -> TestResponse:
        known = {"drop": "a" * 26, "stripe": "0", "session": "A" * 22, "lookup": "A" * 22, "laptop": "A" * 22} | path
        url = ROUTES[route].path
        for name, value in known.items():
            url = url.replace(f"<{name}>", value)
        headers = {} if auth is None else {"Authorization": auth}
        return self.client.open(url, method=ROUTES[route].method, headers=headers, data=body)

    def ask_as(self, drop: Drop, verb: Verb, route: str) -> TestResponse:
        return self.ask(route, authorization(verb, drop.secret(verb)), drop=b32(drop.id))


def edge_over(rig: Rig) -> Edge:
    display = RecordingDisplay()
    entropy = SeededEntropy()
    exchange = partial(answer_offer, rig.signer.spki, entropy)
    pairing = Pairing(rig.shelf, rig.clock, exchange, entropy, display, 10**9, rig.keeper.custody_now)

    def about() -> CustodianInfo:
        return CustodianInfo(
            id=rig.signer.id,
            name="test",
            software="deaddropbox test",
            paired=pairing.paired(),
            pairing_open=pairing.is_open(),
            practice=True,
            administered=False,
            light=Light.READY,
        )

    custodian = Custodian(rig.keeper, pairing, about)
    return Edge(rig, pairing, display, custodian, make_app(custodian).test_client())


@pytest.fixture
def edge() -> Iterator[Edge]:
    rig = Rig(None)
    yield edge_over(rig)
    rig.keeper.close()


@pytest.fixture(scope="session")
def key(tmp_path_factory: pytest.TempPathFactory) -> KeyFiles:
    folder: Path = tmp_path_factory.mktemp("key")
    return KeyFiles(folder)
