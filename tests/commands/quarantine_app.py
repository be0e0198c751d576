"""The quarantine's part of the app's API, on a free port, with events in memory."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.commands.serving import serving_app


def make_event(number: int, **changes: Any) -> dict[str, Any]:
    """An event as the API tells it."""
    return {
        "id": f"3-{number}-0",
        "reason": '`value` must be a number; got "x"',
        "partition": "3",
        "sequence": number,
        "position": 0,
        "arrived_at": "2026-01-01T00:00:07Z",
        "text": f'{{"device": "d{number}", "value": "x"}}',
        "base64": None,
        "replayed_at": None,
    } | changes


def problem(status: int, detail: str, **more: Any) -> Response:
    """Problem details (RFC 9457)."""
    body = {"type": "about:blank", "title": "no", "status": status, "detail": detail, **more}
    return JSONResponse(body, status, media_type="application/problem+json")


@dataclass
class QuarantineApp:
    """Lists `events`, refuses the ids in `refuse`, and keeps what it was asked.

    `answers` come first, instead of what would be answered; None stands for that.
    """

    events: list[dict[str, Any]] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    answers: list[Response | None] = field(default_factory=list)
    queries: list[dict[str, str]] = field(default_factory=list)
    batches: list[list[dict[str, Any]]] = field(default_factory=list)
    keys: set[str | None] = field(default_factory=set)
    url: str = ""

    def starlette(self) -> Starlette:
        """The routes."""
        base = "/api/pipelines/{name}/quarantine"
        return Starlette(
            routes=[
                Route(base, self._list, methods=["GET"]),
                Route(f"{base}/replay", self._replay, methods=["POST"]),
            ]
        )

    async def _list(self, request: Request) -> Response:
        query = dict(request.query_params)
        self.queries.append(query)
        self.keys.add(request.headers.get("x-functions-key"))
        if (answer := self._instead(request)) is not None:
            return answer
        found = [e for e in self.events if query.get("reason", "") in e["reason"]]
        ids = [e["id"] for e in found]
        start = ids.index(query["after"]) + 1 if "after" in query else 0
        page = found[start : start + int(query["limit"])]
        more = start + len(page) < len(found)
        return JSONResponse({"events": page, "next": page[-1]["id"] if more else None})

    async def _replay(self, request: Request) -> Response:
        batch = (await request.json())["events"]
        self.batches.append(batch)
        self.keys.add(request.headers.get("x-functions-key"))
        if (answer := self._instead(request)) is not None:
            return answer
        taken = [e["id"] for e in batch if e["id"] not in self.refuse]
        refused = [e["id"] for e in batch if e["id"] in self.refuse]
        return JSONResponse(
            {
                "replayed": [{"id": i, "interval": "2026-01-01T00:15:00Z"} for i in taken],
                "refused": [{"id": i, "reason": self.refuse[i]} for i in refused],
            }
        )

    def _instead(self, request: Request) -> Response | None:
        if request.path_params["name"] != "fleet":
            return problem(404, "there is no pipeline 'other'; there are: fleet")
        return self.answers.pop(0) if self.answers else None


@contextlib.contextmanager
def serving(app: QuarantineApp) -> Iterator[QuarantineApp]:
    """Serves the app on a free port until the block ends; `app.url` says where."""
    with serving_app(app.starlette()) as app.url:
        yield app
