"""Tickets that somebody else wrote."""

import pytest

from ddb_client.core.ticket import Holder, Ticket
from ddb_client.errors import BadTicket
from ddb_client.restore import name_of
from ddb_contract.shares import MAX_SEALED
from ddb_contract.text import b32, b64


def given(**other: object) -> dict[str, object]:
    holders = [
        Holder(
            custodian=b32(bytes([index]) * 32),
            name=f"custodian {index}",
            addresses=[],
            index=index,
            root=b64(bytes(32)),
            condition="after 1h",
        )
        for index in (0, 1, 2, 255)
    ]
    honest = Ticket(
        phase="locked",
        drop=b32(bytes(16)),
        label="letter.txt",
        created="2026-11-24T12:00:00+00:00",
        claim_seed=b64(bytes(32)),
        data_key=b64(bytes(32)),
        k=2,
        n=3,
        size=66_240,
        practice=False,
        holders=holders,
    )
    return honest.model_dump() | other


@pytest.mark.parametrize(
    "lie",
    [
        {"k": 3, "n": 2},
        {"n": 4},
        {"n": 2},
        {"size": 66_241},
        {"size": MAX_SEALED + 960},
        {"size": 10**30},
        {"label": "\x1b[2Jletter"},
        {"label": "a\nb"},
    ],
    ids=str,
)
def test_a_ticket_that_no_split_writes_is_none(lie: dict[str, object]) -> None:
    Ticket.model_validate(given())
    with pytest.raises(ValueError, match="1 validation error"):
        Ticket.model_validate(given(**lie))


@pytest.mark.parametrize("indices", [(0, 1, 1, 255), (0, 1, 2, 254), (0, 1, 3, 255), (0, 1, 2, 3), (0, 1, 2, 100)])
def test_holders_that_are_not_those_of_the_threshold_are_no_ticket(indices: tuple[int, ...]) -> None:
    holders = given()["holders"]
    assert isinstance(holders, list)
    for holder, index in zip(holders, indices, strict=True):
        holder["index"] = index
    with pytest.raises(ValueError, match="1 validation error"):
        Ticket.model_validate(given(holders=holders))


@pytest.mark.parametrize("label", ["..", "/", "", ".", "../..", "a/.."])
def test_a_label_leads_to_no_other_folder(label: str) -> None:
    with pytest.raises(BadTicket, match="name of a file"):
        name_of(Ticket.model_validate(given(label=label)))


@pytest.mark.parametrize(("label", "name"), [("letter.txt", "letter.txt"), ("/etc/passwd", "passwd"), ("../x", "x")])
def test_only_the_last_name_of_a_label_counts(label: str, name: str) -> None:
    assert name_of(Ticket.model_validate(given(label=label))) == name
