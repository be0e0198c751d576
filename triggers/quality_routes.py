"""The HTTP API of what became of rows, and of what they looked like.

GET /api/runs/{run_id}/rejected?kind=&limit=&after=   rows that have no score, and why
GET /api/runs/{run_id}/quality                        the columns of one run
GET /api/pipelines/{name}/quality?column=&limit=      those of many runs, newest first
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import asdict
from typing import Any

import azure.durable_functions as df
import azure.functions as func

from adapters.context import context, pipeline_named
from adapters.scores_db import QualityRow, RejectedRow
from domain.errors import Problem
from domain.rejections import Rejection
from domain.spans import iso
from triggers.bodies import json_response
from triggers.problems import UnknownRunError, answering
from triggers.queries import Query

MOST_ROWS = 1000
_PLACE = re.compile(r"([0-9]{1,9})-([0-9]{1,18})")


def add_quality_routes(blueprint: df.Blueprint) -> None:
    """Adds the routes."""

    @blueprint.route(route="runs/{run_id}/rejected", methods=["GET"])
    @answering
    async def list_rejected(req: func.HttpRequest) -> func.HttpResponse:
        query = Query(req.params, ["kind", "limit", "after"])
        kind = query.one_of("kind", Rejection)
        limit = query.whole("limit", 100, MOST_ROWS)
        after = _place(query)
        query.check()
        wanted = Rejection(kind) if kind else None
        run_id = req.route_params["run_id"]
        return json_response(await asyncio.to_thread(_rejected, run_id, wanted, limit, after))

    @blueprint.route(route="runs/{run_id}/quality", methods=["GET"])
    @answering
    async def get_run_quality(req: func.HttpRequest) -> func.HttpResponse:
        Query(req.params, []).check()
        run_id = req.route_params["run_id"]
        return json_response(await asyncio.to_thread(_quality_of, run_id))

    @blueprint.route(route="pipelines/{name}/quality", methods=["GET"])
    @answering
    async def get_pipeline_quality(req: func.HttpRequest) -> func.HttpResponse:
        pipeline = pipeline_named(req.route_params["name"])
        query = Query(req.params, ["column", "limit"])
        column, limit = query.text("column"), query.whole("limit", 100, MOST_ROWS)
        query.check()
        history = context().scores.quality_history
        rows = await asyncio.to_thread(history, pipeline.name, column, limit)
        return json_response({"quality": [_quality_line(row) for row in rows]})


def _place(query: Query) -> tuple[int, int] | None:
    """Where the page before has ended: chunk and row."""
    text = query.text("after")
    if text is None:
        return None
    found = _PLACE.fullmatch(text)
    if found is None:
        rule = "must be the `next` of the page before, such as 3-1250"
        query.problems.append(Problem("after", rule, text))
        return None
    return int(found[1]), int(found[2])


def _rejected(
    run_id: str, kind: Rejection | None, limit: int, after: tuple[int, int] | None
) -> dict[str, Any]:
    _check_known(run_id)
    page = context().scores.rejected_rows(run_id, kind, limit, after)
    following = "-".join(map(str, page.after)) if page.after else None
    return {"rows": [_rejected_line(row) for row in page.rows], "next": following}


def _rejected_line(row: RejectedRow) -> dict[str, Any]:
    return {
        "keys": row.keys,
        "window_end": iso(row.window_end) if row.window_end else None,
        "kind": row.kind.value,
        "reason": row.reason,
        "chunk": row.chunk,
    }


def _quality_of(run_id: str) -> dict[str, Any]:
    _check_known(run_id)
    return {"quality": [_quality_line(row) for row in context().scores.quality_of(run_id)]}


def _quality_line(row: QualityRow) -> dict[str, Any]:
    return {
        "pipeline": row.pipeline,
        "run_id": row.run_id,
        "revision": row.revision,
        "from": iso(row.span_from),
        "to": iso(row.span_to),
        **asdict(row.measure),
        "measured_at": iso(row.measured_at),
    }


def _check_known(run_id: str) -> None:
    if context().scores.get_run(run_id) is None:
        raise UnknownRunError(run_id)
