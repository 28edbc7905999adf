"""docs/protocol/openapi.json is what the route table says now."""

import runpy
from pathlib import Path

from ddb_contract.routes import ROUTES

PROTOCOL = Path(__file__).parents[3] / "docs" / "protocol"


def test_the_document_in_the_docs_is_current():
    script = runpy.run_path(str(PROTOCOL / "make_openapi.py"))
    assert (PROTOCOL / "openapi.json").read_text() == script["text"](), "run docs/protocol/make_openapi.py"
    operations = {op["operationId"] for path in script["document"]()["paths"].values() for op in path.values()}
    assert operations == set(ROUTES)
