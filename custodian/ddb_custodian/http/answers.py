"""What goes back: JSON, raw bytes, or a problem. Every answer, whatever it is, forbids caches and guesses."""

from collections.abc import Iterable, Iterator
from math import ceil

from flask import Response
from werkzeug.http import parse_range_header

from ddb_contract.messages import Message, Problem
from ddb_contract.problems import BadRange, Locked, NotPaired, Refusal, TooMany, Unknown
from ddb_contract.shares import STRIPE
from ddb_custodian.keeper import Content

PROBLEM_TYPE = "application/problem+json"
BYTES_TYPE = "application/octet-stream"
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
CHUNK = STRIPE // 4
"""Bytes handed to the server at once while a share streams out."""


def answer(message: Message, status: int = 200) -> Response:
    return Response(message.model_dump_json(), status, mimetype="application/json")


def done() -> Response:
    return Response(status=204)


def octets(data: bytes) -> Response:
    return Response(data, mimetype=BYTES_TYPE)


def problem_of(refusal: Refusal) -> tuple[Problem, dict[str, str]]:
    """The problem and its headers. Unknown and NotPaired never say more than their one sentence."""
    match refusal:
        case Unknown() | NotPaired():
            return Problem(code=refusal.code, detail=type(refusal)().detail), {}
        case Locked(verdict=verdict):
            later = {} if verdict.next_change is None else {"Retry-After": str(max(1, ceil(verdict.next_change)))}
            words = list(verdict.reasons)
            return Problem(
                code=refusal.code, detail=refusal.detail, reasons=words, next_change=verdict.next_change
            ), later
        case TooMany(wait=wait):
            return Problem(code=refusal.code, detail=refusal.detail), {"Retry-After": str(wait)}
    return Problem(code=refusal.code, detail=refusal.detail), {}


def refused(refusal: Refusal, status: int | None = None) -> Response:
    problem, headers = problem_of(refusal)
    return Response(problem.model_dump_json(), status or refusal.status, headers, mimetype=PROBLEM_TYPE)


def streamed(content: Content, wanted: str | None) -> Response:
    """The share's body, or the one range of it that `wanted` (the Range header) names. Raises BadRange.

    The first stripe is read before the answer begins, so a failing disk is told in words.
    """
    start, stop = _span(content.header.size, wanted)
    pieces = _pieces(content, start, stop)
    response = Response(_from_first(next(pieces), pieces), 206 if wanted else 200, mimetype=BYTES_TYPE)
    response.content_length = stop - start
    response.headers["Accept-Ranges"] = "bytes"
    if wanted:
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{content.header.size}"
    return response


def _span(size: int, wanted: str | None) -> tuple[int, int]:
    if wanted is None:
        return 0, size
    asked = parse_range_header(wanted)
    span = asked.range_for_length(size) if asked is not None and asked.units == "bytes" else None
    if span is None:
        raise BadRange
    return span


def _pieces(content: Content, start: int, stop: int) -> Iterator[bytes]:
    for stripe in range(start // STRIPE, -(-stop // STRIPE)):
        piece, offset = content.read(stripe), stripe * STRIPE
        for at in range(max(start - offset, 0), min(stop - offset, len(piece)), CHUNK):
            yield piece[at : min(at + CHUNK, stop - offset)]


def _from_first(first: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
