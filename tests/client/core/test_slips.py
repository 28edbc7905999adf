"""What stands on an approver's slip."""

import pytest
import segno

from ddb_client.core.slips import slip_text, slips_of
from ddb_client.core.ticket import Approver, Holder, Ticket
from ddb_contract.approval import seed_of
from ddb_contract.conditions import Approvals
from ddb_contract.text import b32, b64

CODES = (b"n" * 16, b"s" * 16)
TICKET = Ticket(
    phase="draft",
    drop=b32(b"d" * 16),
    label="what nobody should read off a slip",
    created="2026-11-24T12:00:00+00:00",
    claim_seed=b64(bytes(32)),
    data_key=b64(bytes(32)),
    k=1,
    n=2,
    size=66_240,
    practice=False,
    holders=[
        Holder(
            custodian=b32(b"a" * 32),
            name="attic",
            addresses=["192.168.1.20:443"],
            index=0,
            root=b64(bytes(32)),
            condition="after 1h",
        ),
        Holder(
            custodian=b32(b"b" * 32),
            name="desk",
            addresses=["[fe80::1]:8443"],
            index=1,
            root=b64(bytes(32)),
            condition="after 1h",
        ),
        Holder(custodian=None, name="pad", addresses=["/stick/pad"], index=255, root=b64(bytes(32)), condition=None),
    ],
    approvers=[Approver(name="notary", hash=b64(bytes(32))), Approver(name="sister", hash=b64(bytes(32)))],
)


def test_every_approver_has_a_slip_with_a_code_of_its_own() -> None:
    slips = slips_of(TICKET, CODES)
    assert [(slip.approver, seed_of(slip.code)) for slip in slips] == list(
        zip(("notary", "sister"), CODES, strict=True)
    )


def test_a_slip_says_whose_it_is_what_it_does_and_how_to_enter_it() -> None:
    slip = slips_of(TICKET, CODES)[0]
    text = slip_text(slip, paper=True)
    for words in (
        "for notary",
        slip.code,
        "can't be taken back",
        "`ddb approve`",
        f"attic: https://ddb-{b32(b'a' * 32)[:8]}.local/approve or https://192.168.1.20/approve",
        f"desk: https://ddb-{b32(b'b' * 32)[:8]}.local:8443/approve or https://[fe80::1]:8443/approve",
        "at 1 or more of these custodians",
    ):
        assert words in text
    assert "sister" not in text
    assert TICKET.label not in text
    assert "pad" not in text


LIGHT_ON_TERMINALS = {"█": (0, 0), " ": (1, 1), "▀": (0, 1), "▄": (1, 0)}
DARK_ON_PAPER = {"█": (1, 1), " ": (0, 0), "▀": (1, 0), "▄": (0, 1)}


@pytest.mark.parametrize(("paper", "halves"), [(True, DARK_ON_PAPER), (False, LIGHT_ON_TERMINALS)])
def test_its_qr_code_is_the_code_dark_on_light(paper: bool, halves: dict[str, tuple[int, int]]) -> None:
    slip = slips_of(TICKET, CODES)[0]
    code = [list(row) for row in segno.make(slip.code, micro=False).matrix_iter(border=4)]
    drawn = slip_text(slip, paper).splitlines()[-2 - len(code) // 2 : -1]
    rows = [[halves[sign][half] for sign in line] for line in drawn for half in (0, 1)]
    assert rows[: len(code)] == code


def test_its_code_is_in_no_repr() -> None:
    slip = slips_of(TICKET, CODES)[0]
    assert slip.code not in repr(slip)


def test_a_ticket_whose_conditions_name_an_approver_it_lacks_is_none() -> None:
    holders = [holder.model_dump() for holder in TICKET.holders]
    holders[0]["condition"] = "approvals 1 of (2)"
    ticket = Ticket.model_validate(TICKET.model_dump() | {"holders": holders})
    assert ticket.named(ticket.holders[0].condition or "") == Approvals(1, ("sister",))
    holders[0]["condition"] = "approvals 1 of (3)"
    with pytest.raises(ValueError, match="nobody is approver number"):
        Ticket.model_validate(TICKET.model_dump() | {"holders": holders})
