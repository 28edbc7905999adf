"""The page where an approver without `ddb` enters a code: no script, no cookie, nothing from elsewhere.

The code itself is the only right it needs, and browsers add none by themselves (no cookie, no session), so a form sent
in from another site could do nothing that its author couldn't do without a browser; there is nothing to forge.
"""

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from urllib.parse import parse_qs

from flask import Response, render_template
from markupsafe import Markup

from ddb_contract.approval import seed_of
from ddb_contract.problems import Malformed, Refusal, TooMany, Unknown

TYPED = 80
"""Characters of a code that are read, and shown again."""
_STYLE = files("ddb_custodian").joinpath("templates/approve.css").read_text()
_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
CONTENT_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Told:
    """What the page answers. `good`: nothing is left to do."""

    title: str
    text: str
    good: bool = False


RECORDED = Told("Recorded", "Your approval is recorded here. You may close this page.", good=True)
AGAIN = Told("Already recorded", "Your approval was recorded here before. Nothing has changed.", good=True)
MISREAD = Told("That is no approval code", "Was a character misread? Compare it with the paper, group by group.")
NO_SUCH = Told("No such code here", "No lock here waits for that code. It may belong to another custodian.")
TOO_MANY = Told("Too many wrong codes", "Wait a minute, then try again.")


def page(name: str, told: Told | None = None, typed: str = "", status: int = 200) -> Response:
    """The form, or what came of it, at the custodian of that name."""
    text = render_template("approve.html", name=name, told=told, typed=typed, style=Markup(_STYLE))  # noqa: S704
    return Response(text, status, {"Content-Security-Policy": CONTENT_POLICY}, mimetype="text/html")


def typed_code(raw: bytes) -> str:
    """The field `code` of a form that was sent in, in one line; empty if there is none. Raises Malformed."""
    try:
        fields = parse_qs(raw.decode(), max_num_fields=4, errors="strict")
    except ValueError:
        raise Malformed from None
    return " ".join(fields.get("code", [""])[0].split())[:TYPED]


def seed_typed(code: str) -> bytes | None:
    """The seed that the code stands for; None for what is no code at all, which costs no guess."""
    try:
        return seed_of(code)
    except ValueError:
        return None


def refused_page(name: str, refusal: Refusal, typed: str) -> Response:
    """Why the approval was not recorded."""
    match refusal:
        case Unknown():
            return page(name, NO_SUCH, typed, refusal.status)
        case TooMany(wait=wait):
            response = page(name, TOO_MANY, typed, refusal.status)
            response.headers["Retry-After"] = str(wait)
            return response
    return page(name, Told("Not recorded", refusal.detail), typed, refusal.status)
