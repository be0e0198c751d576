"""An Event Hub that keeps what it is sent, in the order of arrival, and fails when told to."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulate.requests import BATCH_TYPE
from tests.support.waiting import wait_until

TOKEN = "a-token"


@dataclass(frozen=True)
class Received:
    """A request: the path, its headers in lower case, and the bodies of its events."""

    path: str
    headers: dict[str, str]
    content: bytes
    status: int

    @property
    def key(self) -> str:
        """The partition key."""
        return str(json.loads(self.headers["brokerproperties"])["PartitionKey"])

    @property
    def bodies(self) -> list[bytes]:
        """The bodies of the events, as a consumer gets them."""
        if self.headers["content-type"] == BATCH_TYPE:
            return [item["Body"].encode() for item in json.loads(self.content)]
        return [self.content]


Answer = Callable[[int], Response | None]


@dataclass
class FakeHub:
    """`answer` maps a request's number, from 0, to an answer; None is acknowledged with 201."""

    answer: Answer = lambda _number: None
    url: str = ""
    requests: list[Received] = field(default_factory=list)

    @property
    def taken(self) -> list[Received]:
        """The requests that were acknowledged."""
        return [request for request in self.requests if request.status == 201]

    @property
    def bodies(self) -> dict[str, list[bytes]]:
        """Bodies by partition key, in the order of arrival."""
        found: dict[str, list[bytes]] = {}
        for request in self.taken:
            found.setdefault(request.key, []).extend(request.bodies)
        return found

    async def take(self, request: Request) -> Response:
        """Answers a send."""
        content = await request.body()
        answer = self.answer(len(self.requests)) or Response(status_code=201)
        headers = dict(request.headers)
        self.requests.append(Received(request.url.path, headers, content, answer.status_code))
        return answer

    async def token(self, request: Request) -> Response:
        """Answers as the managed identity's endpoint does."""
        known = request.headers.get("x-identity-header") == "secret"
        body: dict[str, Any] = {
            "access_token": TOKEN,
            "expires_on": "4102444800",
            "resource": request.query_params["resource"],
            "token_type": "Bearer",
        }
        return JSONResponse(body if known else {}, 200 if known else 401)


@contextlib.contextmanager
def running_hub(hub: FakeHub, port: int = 0, **tls: Any) -> Iterator[FakeHub]:
    """Serves the hub on a port, 0 for a free one; `tls` are uvicorn's options."""
    routes = [
        Route("/msi/token", hub.token),
        Route("/{hub}/messages", hub.take, methods=["POST"]),
    ]
    listener = socket.create_server(("127.0.0.1", port))
    config = uvicorn.Config(Starlette(routes=routes), log_level="warning", lifespan="off", **tls)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        wait_until(lambda: server.started, description="the fake hub serves")
        scheme = "https" if tls else "http"
        hub.url = f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
        yield hub
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
