"""From the guard to the WSGI application, which runs in the loop's threads; a request's body stays in memory."""

import asyncio
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from asgiref.wsgi import WsgiToAsgiInstance

from ddb_custodian.http.guard import Answering, Message, Send


class _Request(WsgiToAsgiInstance):
    """asgiref's translation alone: it would spool bodies to the disk, and wait for the loop at every part it sends."""

    def __init__(self, application: Any, scope: Message, body: BytesIO) -> None:
        super().__init__(application)  # type: ignore[no-untyped-call]
        self.scope = scope
        self._environ = self.build_environ(scope, body) | {"wsgi.input_terminated": True}  # type: ignore[no-untyped-call]

    def parts(self) -> Iterator[bytes]:
        """The answer's body; `response_start` and `response_content_length` are there with the first part."""
        yield from self.wsgi_application(self._environ, self.start_response)


def answering(application: Any) -> Answering:
    """The guard's way to answer with a WSGI application. Between two parts of an answer no thread is held."""

    async def answer(scope: Message, body: BytesIO, send: Send) -> None:
        loop, request = asyncio.get_running_loop(), _Request(application, scope, body)
        parts, sent = request.parts(), 0
        part = await loop.run_in_executor(None, next, parts, b"")
        await send(request.response_start)
        while part:
            await send({"type": "http.response.body", "body": part, "more_body": True})
            sent += len(part)
            done = sent == request.response_content_length
            part = b"" if done else await loop.run_in_executor(None, next, parts, b"")
        await send({"type": "http.response.body"})

    return answer
