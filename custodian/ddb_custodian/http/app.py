"""The route table as a WSGI application: authorise, parse, call, answer, each in one place for every route."""

import logging
from collections.abc import Callable
from typing import Any

from flask import Flask, Request, Response, request
from werkzeug.exceptions import HTTPException

from ddb_contract.problems import Failing, Malformed, Refusal, Unknown
from ddb_contract.routes import CLAIM_HEADER, ROUTES, Route
from ddb_custodian.http.answers import HEADERS, refused
from ddb_custodian.http.handlers import HANDLERS, Call, Custodian, Handler
from ddb_custodian.http.requests import authorised, claim_named, parsed_body, path_values
from ddb_custodian.keeper import Asker

RAW = ("piece", "approve-form")
"""Routes whose body is no JSON."""

_log = logging.getLogger("ddb.http")


class _Request(Request):
    """A request that its own environ doesn't refer to: else its body would stay until the next garbage collection."""

    def __init__(self, environ: dict[str, Any]) -> None:
        super().__init__(environ, populate_request=False)


def make_app(custodian: Custodian) -> Flask:
    """Every route of the contract and no other; every error is a problem in JSON, but for the page's own."""
    app = Flask("ddb_custodian", static_folder=None)
    app.request_class = _Request
    app.url_map.merge_slashes = False
    for name, route in ROUTES.items():
        view = _view(name, route, HANDLERS[name], custodian)
        app.add_url_rule(route.path, name, view, methods=[route.method], provide_automatic_options=False)
    app.register_error_handler(Refusal, refused)
    app.register_error_handler(HTTPException, _refused_by_werkzeug)
    app.register_error_handler(Exception, _failed)
    app.after_request(_with_headers)
    return app


def _view(name: str, route: Route, handler: Handler, custodian: Custodian) -> Callable[..., Response]:
    def view(**texts: str) -> Response:
        if request.method != route.method:
            raise Unknown
        bearer = authorised(route, request.headers.get("Authorization"), custodian.keeper)
        path = path_values(texts)
        raw = request.get_data(cache=False)
        body = None if name in RAW else parsed_body(route, raw)
        asker = Asker(request.remote_addr or "", claim_named(request.headers.get(CLAIM_HEADER)))
        return handler(custodian, Call(bearer, asker, path, body, raw, request.headers.get("Range")))

    return view


def _refused_by_werkzeug(error: HTTPException) -> Response:
    return refused(Unknown(), error.code) if error.code in (404, 405) else refused(Malformed())


def _failed(error: Exception) -> Response:
    """An error of our own. The log names its kind and place, never a header, a body or its message."""
    _log.error("%s failed: %s at %s", request.endpoint, type(error).__name__, place(error))
    return refused(Failing())


def place(error: BaseException) -> str:
    """Where an exception was raised, as file:line."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}" if trace else "nowhere"


def _with_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
