"""From the guard to the WSGI application: each request in a thread of its own, its body in memory only."""

from io import BytesIO
from typing import Any

from asgiref.sync import ThreadSensitiveContext
from asgiref.wsgi import WsgiToAsgiInstance

from ddb_custodian.http.guard import Answering, Message, Send


class _Request(WsgiToAsgiInstance):
    """asgiref would spool the body to a temporary file; shares must not lie about there, so it is given directly."""

    def __init__(self, application: Any, body: BytesIO) -> None:
        super().__init__(application)  # type: ignore[no-untyped-call]
        self._body = body

    def build_environ(self, scope: Message, body: Any) -> dict[str, Any]:
        environ: dict[str, Any] = super().build_environ(scope, self._body)  # type: ignore[no-untyped-call]
        return environ | {"wsgi.input_terminated": True}


async def _no_body() -> Message:
    return {"type": "http.request"}


def answering(application: Any) -> Answering:
    """The guard's way to answer with a WSGI application. asgiref keeps one thread per ThreadSensitiveContext."""

    async def answer(scope: Message, body: BytesIO, send: Send) -> None:
        async with ThreadSensitiveContext():
            await _Request(application, body)(scope, _no_body, send)

    return answer
