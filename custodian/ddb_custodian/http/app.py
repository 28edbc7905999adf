"""The route table as a WSGI application: authorise, parse, call, answer, each in one place for every route."""

import logging
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from ddb_contract.problems import Failing, Malformed, Refusal, Unknown
from ddb_contract.routes import ROUTES
from ddb_custodian.http.answers import HEADERS, refused
from ddb_custodian.http.handlers import HANDLERS, Call, Custodian
from ddb_custodian.http.requests import authorised, parsed_body, path_values

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_log = logging.getLogger("ddb.http")


class App:
    """Every route of the contract and no other, as `table` says; every error is a problem in JSON.

    A WSGI application. Werkzeug without Flask, whose templates and command line would take 4 MB here.
    """

    def __init__(self, custodian: Custodian) -> None:
        self._custodian = custodian
        rules = [Rule(route.path, methods=[route.method], endpoint=name) for name, route in ROUTES.items()]
        self.table = Map(rules, merge_slashes=False)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        # a request that its own environ refers to keeps its body until the next garbage collection
        response = self._response(Request(environ, populate_request=False))
        response.headers.update(HEADERS)
        return response(environ, start_response)

    def _response(self, request: Request) -> Response:
        try:
            name, texts = self.table.bind("custodian").match(request.path, request.method)
        except HTTPException as error:
            return refused(Unknown(), error.code)
        try:
            return self._called(name, texts, request)
        except Refusal as refusal:
            return refused(refusal)
        except HTTPException:
            return refused(Malformed())
        except Exception as error:
            _log.error("%s failed: %s at %s", name, type(error).__name__, place(error))
            return refused(Failing())

    def _called(self, name: str, texts: Mapping[str, str], request: Request) -> Response:
        route = ROUTES[name]
        if request.method != route.method:
            raise Unknown
        bearer = authorised(route, request.headers.get("Authorization"), self._custodian.keeper)
        path = path_values(texts)
        raw = request.get_data(cache=False)
        body = None if name == "piece" else parsed_body(route, raw)
        return HANDLERS[name](self._custodian, Call(bearer, path, body, raw, request.headers.get("Range")))


def place(error: BaseException) -> str:
    """Where an exception was raised, as file:line."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}" if trace else "nowhere"
