"""Slips for approvers: each has one code on it, which can do nothing but approve one drop."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from ddb_client.core.ticket import Holder, Ticket
from ddb_contract.approval import code_of

_RULE = "-" * 78
_PORT = ":443"
_INVERTED = str.maketrans("█ ▀▄", " █▄▀")


@dataclass(frozen=True)
class Slip:
    """What one approver gets. `pages`: by custodian's name, where its form for codes answers.

    `enough`: at how many custodians the code should be entered at least.
    """

    approver: str
    code: str
    drop: str
    created: str
    pages: tuple[tuple[str, tuple[str, ...]], ...]
    enough: int

    def __repr__(self) -> str:
        return f"Slip({self.approver!r})"


def slips_of(ticket: Ticket, codes: Sequence[bytes]) -> list[Slip]:
    """A slip for each approver of the ticket, from the seeds in the ticket's order."""
    pages = tuple((holder.name, _pages(holder)) for holder in ticket.custodians)
    return [
        Slip(approver.name, code_of(code), ticket.drop, ticket.created, pages, ticket.k)
        for approver, code in zip(ticket.approvers, codes, strict=True)
    ]


def _pages(holder: Holder) -> tuple[str, ...]:
    """By its address now and by the name that it announces, since addresses change."""
    port = "".join(holder.addresses[:1]).rpartition(":")[2]
    hosts = [f"ddb-{(holder.custodian or '')[:8]}.local:{port}", *holder.addresses[:1]]
    return tuple(f"https://{host.removesuffix(_PORT)}/approve" for host in hosts)


def slip_text(slip: Slip, paper: bool) -> str:
    """One slip, with a QR code of its code: dark signs are dark on `paper`, and light on a terminal."""
    return "\n".join([_RULE, *_words(slip), "", *_qr(slip.code, paper), _RULE])


def _words(slip: Slip) -> list[str]:
    return [
        f"APPROVAL SLIP for {slip.approver}",
        f"drop {slip.drop}, of {slip.created}",
        "",
        f"code: {slip.code}",
        "",
        "Whoever enters this code says: as far as I am asked, this drop may be opened.",
        "That counts at once, for good, and can't be taken back. It hands out nothing by",
        "itself: the other parts of the lock must hold too. The code can do nothing else.",
        "Keep it secret, and enter it only when you mean it. If it is lost, it can't be",
        "made again.",
        "",
        "Enter it with `ddb approve` on any laptop on the custodians' network, or open one",
        f"of these pages there, on a phone too, at {slip.enough} or more of these custodians:",
        *(f"  {name}: {' or '.join(pages)}" for name, pages in slip.pages),
        "The browser will say that it doesn't know the page: custodians vouch for themselves.",
    ]


def _qr(code: str, paper: bool) -> list[str]:
    import segno

    drawn = io.StringIO()
    segno.make(code, micro=False).terminal(drawn, compact=True)
    return (drawn.getvalue().translate(_INVERTED) if paper else drawn.getvalue()).splitlines()
