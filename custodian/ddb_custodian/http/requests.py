"""What arrives, judged strictly before it means anything: who asks, for what, with which body."""

import json
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from ddb_contract.messages import Message
from ddb_contract.problems import Malformed, NotPaired, Refusal, Unknown
from ddb_contract.rights import Verb, parse_authorization
from ddb_contract.routes import Route
from ddb_contract.text import unb32, unb64
from ddb_custodian.keeper import Keeper
from ddb_custodian.ports import PairedLaptop


@dataclass(frozen=True)
class Bearer:
    """Who asks: a paired laptop, or (`verb`, `secret`) that the drop's own digests must confirm, or anybody."""

    laptop: PairedLaptop | None = None
    verb: Verb | None = None
    secret: bytes = b""

    def __repr__(self) -> str:
        return f"Bearer({self.verb})"


def authorised(route: Route, header: str | None, keeper: Keeper) -> Bearer:
    """The bearer, if the header's verb opens the route. A drop's secret is confirmed by the keeper, with the drop.

    Raises NotPaired on a route for laptops, Unknown on a route for a drop's own secrets.
    """
    if not route.rights:
        return Bearer()
    refusal: Refusal = NotPaired() if Verb.LAPTOP in route.rights else Unknown()
    try:
        verb, secret = parse_authorization(header or "")
    except ValueError:
        raise refusal from None
    if verb not in route.rights:
        raise refusal
    return Bearer(keeper.laptop(secret) if verb is Verb.LAPTOP else None, verb, secret)


def claim_named(header: str | None) -> bytes | None:
    """The claim that the `DDB-Claim` header names; what names none is like no header."""
    try:
        return unb64(header) if header is not None else None
    except ValueError:
        return None


def path_values(texts: dict[str, str]) -> dict[str, Any]:
    """The path's parameters as bytes and numbers. Raises Unknown for anything not in its one canonical form."""
    try:
        return {name: _path_value(name, text) for name, text in texts.items()}
    except ValueError:
        raise Unknown from None


def _path_value(name: str, text: str) -> bytes | int:
    if name == "stripe":
        number = int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else -1
        if str(number) != text:
            raise ValueError("not a canonical number")
        return number
    value = unb32(text) if name == "drop" else unb64(text)
    if len(value) != 16:
        raise ValueError("not 16 bytes")
    return value


def parsed_body(route: Route, raw: bytes) -> Message | None:
    """The body as the route's message. Raises Malformed for any other, or one where none belongs."""
    if route.body is None:
        if raw:
            raise Malformed("this request has no body")
        return None
    try:
        json.loads(raw, object_pairs_hook=_without_twins)
        return route.body.model_validate_json(raw)
    except ValidationError as error:
        raise Malformed(f"{Malformed().detail} ({_where(error)})") from None
    except (ValueError, RecursionError):
        raise Malformed from None


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a name twice")
    return dict(pairs)


def _where(error: ValidationError) -> str:
    fields = {str(detail["loc"][0]) for detail in error.errors(include_input=False) if detail["loc"]}
    return f"see {', '.join(sorted(fields))}" if fields and all(map(str.isidentifier, fields)) else "not an object"
