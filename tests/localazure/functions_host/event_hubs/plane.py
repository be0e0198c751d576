"""A small plane of event hubs over https, with the managed identity, that a test can look into.

It speaks the contract of the local cloud; that the local cloud does, too, `test_real_plane` shows.
"""

import asyncio
import base64
import contextlib
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localazure.tls import ensure_certificate
from tests.support.waiting import wait_until

SECRET = "plane"
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class Plane:
    """Event hubs in memory: ``hubs[name][partition]`` is a list of events."""

    def __init__(self, folder: Path, *hubs: str, partitions: int = 2) -> None:
        self.hubs: dict[str, list[list[dict[str, Any]]]] = {}
        for name in hubs:
            self.add_hub(name, partitions)
        self.groups = ["$Default", "windrow"]
        self.checkpoints: dict[tuple[str, str, str], int] = {}
        self.saved: list[tuple[str, str, int]] = []
        self.limits: list[int] = []
        self.token = "token-1"
        self.token_lifetime_s = 3600
        self.tokens_issued = 0
        folder.mkdir(exist_ok=True)
        self._certificate = ensure_certificate(folder, {})
        self._port = 0
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._changed = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def namespace(self) -> str:
        """Its authority."""
        return f"127.0.0.1:{self._port}"

    @property
    def environment(self) -> dict[str, str]:
        """Variables that lead a host here."""
        return {
            "EVENTHUB__fullyQualifiedNamespace": self.namespace,
            "IDENTITY_ENDPOINT": f"https://{self.namespace}/msi/token",
            "IDENTITY_HEADER": SECRET,
            "SSL_CERT_FILE": str(self._certificate.bundle),
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }

    def add_hub(self, name: str, partitions: int = 2) -> None:
        """Make an event hub."""
        self.hubs[name] = [[] for _ in range(partitions)]

    def send(self, hub: str, *bodies: bytes, partition: int = 0, key: str | None = None) -> None:
        """Append events; their times are a minute apart."""
        log = self.hubs[hub][partition]
        for body in bodies:
            number = len(log)
            moment = EPOCH + timedelta(minutes=number)
            log.append(
                {
                    "sequence_number": number,
                    "offset": str(number * 100),
                    "enqueued_time": moment.isoformat().replace("+00:00", "Z"),
                    "partition_key": key,
                    "properties": {"number": number},
                    "body": base64.b64encode(body).decode(),
                }
            )
        self._notify()

    def start(self) -> "Plane":
        """Serve, at the same port as before."""
        # With the protocol named, asyncio sends small answers at once.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self._port))
        self._port = listener.getsockname()[1]
        config = uvicorn.Config(
            self._app(),
            log_level="warning",
            ssl_certfile=str(self._certificate.chain),
            ssl_keyfile=str(self._certificate.key),
        )
        server = self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        self._thread.start()
        wait_until(lambda: server.started, description="the plane serves")
        return self

    def stop(self) -> None:
        """Be away."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._notify()
            self._thread.join()
            self._server = self._loop = None
            self._changed = asyncio.Event()

    def _app(self) -> Starlette:
        hub = "/localazure/eventhubs/{hub}"
        group = hub + "/consumergroups/{group}/checkpoints"
        return Starlette(
            routes=[
                Route("/msi/token", self._issue),
                Route(hub, self._describe),
                Route(hub + "/partitions/{partition}/events", self._read),
                Route(group, self._load),
                Route(group + "/{partition}", self._save, methods=["PUT"]),
            ]
        )

    async def _issue(self, request: Request) -> Response:
        assert request.query_params["api-version"] == "2019-08-01"
        assert request.query_params["resource"] == "https://eventhubs.azure.net"
        if request.headers["x-identity-header"] != SECRET:
            return Response(status_code=401)
        self.tokens_issued += 1
        expires = str(int(time.time()) + self.token_lifetime_s)
        return JSONResponse({"access_token": self.token, "expires_on": expires})

    async def _describe(self, request: Request) -> Response:
        if refusal := self._refusal(request):
            return refusal
        partitions = [
            {
                "id": str(number),
                "first_sequence": 0,
                "next_sequence": len(log),
                "last_enqueued_time": None,
            }
            for number, log in enumerate(self.hubs[request.path_params["hub"]])
        ]
        name = request.path_params["hub"]
        content = {"name": name, "partitions": partitions, "consumer_groups": self.groups}
        return JSONResponse(content)

    async def _read(self, request: Request) -> Response:
        if refusal := self._refusal(request):
            return refusal
        self._loop = asyncio.get_running_loop()
        query = request.query_params
        first, limit = int(query["from"]), int(query["limit"])
        self.limits.append(limit)
        log = self.hubs[request.path_params["hub"]][int(request.path_params["partition"])]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(float(query["wait"])):
                while len(log) <= first and not self._leaving():
                    await self._changed.wait()
        events = log[first : first + limit]
        return JSONResponse({"events": events, "next": first + len(events)})

    def _notify(self) -> None:
        """Wake all long polls, from any thread."""

        def wake() -> None:
            changed, self._changed = self._changed, asyncio.Event()
            changed.set()

        if self._loop is not None:
            self._loop.call_soon_threadsafe(wake)

    async def _load(self, request: Request) -> Response:
        if refusal := self._refusal(request):
            return refusal
        hub, group = request.path_params["hub"], request.path_params["group"]
        found = {
            key[2]: {"sequence_number": number, "offset": str(number * 100), "updated": ""}
            for key, number in self.checkpoints.items()
            if key[:2] == (hub, group)
        }
        return JSONResponse({"checkpoints": found})

    async def _save(self, request: Request) -> Response:
        if refusal := self._refusal(request):
            return refusal
        content = await request.json()
        hub, group = request.path_params["hub"], request.path_params["group"]
        partition, number = request.path_params["partition"], content["sequence_number"]
        assert content["offset"] == str(number * 100)
        self.checkpoints[hub, group, partition] = number
        self.saved.append((hub, partition, number))
        return Response(status_code=204)

    def _refusal(self, request: Request) -> Response | None:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return Response(status_code=401)
        if self._leaving():
            return Response(status_code=503)
        if request.path_params["hub"] in self.hubs:
            return None
        error = {"code": "EntityNotFound", "message": "hub must be one of the others"}
        return JSONResponse({"error": error}, 404)

    def _leaving(self) -> bool:
        return self._server is None or self._server.should_exit
