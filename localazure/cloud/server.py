"""The one https server of the local cloud; it runs inside the supervisor's event loop.

One server rather than one per service, because Azure's SDKs reach all of Resource Manager under one
address, and because one port is easier to remember.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator, Sequence

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route

from localazure.cloud.errors import answer_error, answer_not_imitated
from localazure.cloud.service import Service
from localazure.errors import LocalAzureError
from localazure.tls import Certificate

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_GRACE_S = 1


def build_app(services: Sequence[Service]) -> Starlette:
    """Return the application that serves ``services``; all other paths answer 501."""
    routes = [route for service in services for route in service.routes()]
    return Starlette(
        routes=[*routes, Route("/{path:path}", answer_not_imitated, methods=_METHODS)],
        exception_handlers={HTTPException: answer_error, Exception: answer_error},
    )


@contextlib.asynccontextmanager
async def serve(
    app: Starlette, listener: socket.socket, certificate: Certificate
) -> AsyncIterator["asyncio.Task[None]"]:
    """Serve ``app`` on a bound socket; yields, once it answers, the task that serves."""
    config = uvicorn.Config(
        app,
        ssl_certfile=certificate.chain,
        ssl_keyfile=certificate.key,
        log_config=None,
        lifespan="off",
        timeout_graceful_shutdown=_GRACE_S,
    )
    server = _Server(config)
    listener.listen(2048)
    task = asyncio.create_task(server.serve(sockets=[listener]), name="cloud")
    try:
        while not server.started and not task.done():
            await asyncio.sleep(0.01)
        if task.done():
            raise LocalAzureError("the server of the local cloud did not start; see cloud.log")
        yield task
    finally:
        server.should_exit = True
        await task


class _Server(uvicorn.Server):
    """A server that leaves signals to the supervisor, which stops all parts in order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
