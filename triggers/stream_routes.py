"""The HTTP API of streams: their intervals, and their quarantine.

GET  /api/pipelines/{name}/intervals?from=&to=        what landed, and how far it is scored
GET  /api/pipelines/{name}/quarantine?from=&to=&reason=&limit=&after=
POST /api/pipelines/{name}/quarantine/replay          takes repaired events: {"events": [{"id"}]}
"""

from __future__ import annotations

import asyncio
import base64
from datetime import date, timedelta
from typing import Any

import azure.durable_functions as df
import azure.functions as func

from adapters.context import context, pipeline_named
from adapters.landing import Landed, Quarantined, StillBad, list_quarantined, replay
from domain.errors import LakeError, Problem, RequestError
from domain.pipeline import Pipeline
from domain.pipeline.events import EventsSource
from domain.replays import Repaired, parse_replay_body
from domain.requests import utc_now
from domain.spans import iso
from domain.windows import to_us
from triggers.bodies import json_body, json_response
from triggers.collecting import have_collected
from triggers.interval_view import MOST_INTERVALS, interval_lines
from triggers.problems import answering
from triggers.queries import Query

MOST_EVENTS = 1000


def stream_routes() -> df.Blueprint:
    """A blueprint with all routes; every one asks for a function key in Azure."""
    blueprint = df.Blueprint(http_auth_level=func.AuthLevel.FUNCTION)

    @blueprint.route(route="pipelines/{name}/intervals", methods=["GET"])
    @blueprint.durable_client_input(client_name="client")
    @answering
    async def list_intervals(
        req: func.HttpRequest, client: df.DurableOrchestrationClient
    ) -> func.HttpResponse:
        pipeline, source = _stream(req)
        now = utc_now()
        query = Query(req.params, ["from", "to"])
        first = query.instant("from", now - timedelta(days=1))
        last = query.instant("to", now + source.early_arrival + source.score_every)
        if not first < last:
            query.problems.append(Problem("to", "must be after `from`", req.params.get("to")))
        elif (last - first) / source.score_every > MOST_INTERVALS:
            rule = f"must leave at most {MOST_INTERVALS} intervals until `to`"
            query.problems.append(Problem("from", rule, iso(first)))
        query.check()
        lines = await interval_lines(client, pipeline, source, first, last)
        return json_response({"intervals": lines})

    @blueprint.route(route="pipelines/{name}/quarantine", methods=["GET"])
    @answering
    async def get_quarantine(req: func.HttpRequest) -> func.HttpResponse:
        pipeline, _ = _stream(req)
        today = utc_now().date()
        query = Query(req.params, ["from", "to", "reason", "limit", "after"])
        days = query.day("from", today - timedelta(days=7)), query.day("to", today)
        limit = query.whole("limit", 100, MOST_EVENTS)
        query.check()
        return json_response(
            await asyncio.to_thread(
                _page, pipeline, days, query.text("reason"), limit, query.text("after")
            )
        )

    @blueprint.route(route="pipelines/{name}/quarantine/replay", methods=["POST"])
    @blueprint.durable_client_input(client_name="client")
    @answering
    async def replay_quarantine(
        req: func.HttpRequest, client: df.DurableOrchestrationClient
    ) -> func.HttpResponse:
        pipeline, _ = _stream(req)
        replayed, refused = [], []
        for one in parse_replay_body(json_body(req)):
            landed = await asyncio.to_thread(_replay, pipeline, one)
            if isinstance(landed, str):
                refused.append({"id": one.id, "reason": landed})
                continue
            await have_collected(client, pipeline, landed.touched)
            filed = [t.interval for t in landed.touched if t.events]
            replayed.append({"id": one.id, "interval": iso(filed[0].span.end) if filed else None})
        return json_response({"replayed": replayed, "refused": refused})

    return blueprint


def _stream(req: func.HttpRequest) -> tuple[Pipeline, EventsSource]:
    """The pipeline that the route names. Raises RequestError if it has no stream."""
    pipeline = pipeline_named(req.route_params["name"])
    source = pipeline.source
    if not isinstance(source, EventsSource):
        rule = f"must be a pipeline with a stream; the source of {pipeline.name} is {source.kind}"
        raise RequestError("route", [Problem("name", rule, has_value=False)])
    return pipeline, source


def _page(
    pipeline: Pipeline, days: tuple[date, date], reason: str | None, limit: int, after: str | None
) -> dict[str, Any]:
    first, last = days
    page = list_quarantined(
        context().lake, pipeline, first=first, last=last, reason=reason, limit=limit, after=after
    )
    return {"events": [_line(one) for one in page.entries], "next": page.after}


def _line(one: Quarantined) -> dict[str, Any]:
    text: str | None
    try:
        text = one.body.decode()
    except UnicodeDecodeError:
        text = None
    return {
        "id": one.id,
        "reason": one.reason,
        "partition": one.event.partition,
        "sequence": one.event.sequence,
        "position": one.event.position,
        "arrived_at": iso(one.enqueued),
        "text": text,
        "base64": base64.b64encode(one.body).decode() if text is None else None,
        "replayed_at": iso(one.replayed_at) if one.replayed_at else None,
    }


def _replay(pipeline: Pipeline, one: Repaired) -> Landed | str:
    """What landed, or why nothing did."""
    try:
        found = replay(context().lake, pipeline, one.id, one.body, to_us(utc_now()))
    except LakeError as error:
        return str(error)
    return "; ".join(found.reasons) if isinstance(found, StillBad) else found
