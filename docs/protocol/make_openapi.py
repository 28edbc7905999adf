"""Makes openapi.json from the route table and the messages: `python docs/protocol/make_openapi.py`."""

import json
import re
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from ddb_contract.messages import Message, Problem
from ddb_contract.rights import APPROVAL_SIZE, SECRET_SIZE, Verb
from ddb_contract.routes import CLAIM_HEADER, ROUTES, Route

TARGET = Path(__file__).with_name("openapi.json")
STATUS = {"reserve": "201"}
BINARY = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
HTML = {"text/html": {"schema": {"type": "string"}}}
FORM = {
    "application/x-www-form-urlencoded": {
        "schema": {"type": "object", "properties": {"code": {"type": "string"}}, "required": ["code"]}
    }
}
BODIES = {"piece": BINARY, "approve-form": FORM}
ANSWERS = {"leaves": BINARY, "content": BINARY, "approve-page": HTML, "approve-form": HTML}
CLAIM = {"name": CLAIM_HEADER, "in": "header", "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{22}$"}}
FOR_A_CLAIM = ("status", "leaves", "content", "collected")
PARAMETERS = {
    "drop": {"type": "string", "pattern": "^[a-z2-7]{26}$"},
    "stripe": {"type": "string", "pattern": "^(0|[1-9][0-9]{0,9})$"},
} | {name: {"type": "string", "pattern": "^[A-Za-z0-9_-]{22}$"} for name in ("session", "lookup", "laptop")}


def document() -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    messages = {m for route in ROUTES.values() for m in (route.body, route.answer) if m is not None} | {Problem}
    ordered = sorted(messages, key=lambda message: message.__name__)
    _, schemas = models_json_schema(
        [(message, "validation") for message in ordered], ref_template="#/components/schemas/{model}"
    )
    paths: dict[str, Any] = {}
    for name, route in ROUTES.items():
        path = re.sub(r"<(\w+)>", r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(name, route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "DeadDropBox custodian", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas["$defs"], "securitySchemes": {str(verb): _scheme(verb) for verb in Verb}},
    }


def _operation(name: str, route: Route) -> dict[str, Any]:
    found = re.findall(r"<(\w+)>", route.path)
    claim = [CLAIM] if name in FOR_A_CLAIM else []
    operation: dict[str, Any] = {
        "operationId": name,
        "summary": route.says,
        "security": [{str(verb): []} for verb in sorted(route.rights)],
        "parameters": [{"name": p, "in": "path", "required": True, "schema": PARAMETERS[p]} for p in found] + claim,
        "responses": {_status(name, route): _answer(name, route), "default": _default(name)},
    }
    if route.body is not None or name in BODIES:
        operation["requestBody"] = {"required": True, "content": _json(route.body) if route.body else BODIES[name]}
    return operation


def _status(name: str, route: Route) -> str:
    return STATUS.get(name, "200" if route.answer or name in ANSWERS else "204")


def _answer(name: str, route: Route) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": route.says}
    if route.answer or name in ANSWERS:
        answer["content"] = _json(route.answer) if route.answer else ANSWERS[name]
    return answer


def _default(name: str) -> dict[str, Any]:
    page = HTML if name == "approve-form" else {}
    return {"description": "a problem", "content": {"application/problem+json": _ref(Problem)} | page}


def _json(message: type[Message]) -> dict[str, Any]:
    return {"application/json": _ref(message)}


def _ref(message: type[Message]) -> dict[str, Any]:
    return {"schema": {"$ref": f"#/components/schemas/{message.__name__}"}}


def _scheme(verb: Verb) -> dict[str, Any]:
    return {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": f"`DDB {verb} <base64url of {APPROVAL_SIZE if verb is Verb.APPROVE else SECRET_SIZE} bytes>`",
    }


def text() -> str:
    return json.dumps(document(), indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    TARGET.write_text(text())
