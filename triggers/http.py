"""The HTTP API: pipelines, and their runs. What concerns streams is in `stream_routes.py`, what
became of rows and what they looked like in `quality_routes.py`.

GET  /api/pipelines                 all pipelines
GET  /api/pipelines/{name}          one pipeline
POST /api/pipelines/{name}/runs     start a run: {"from", "to", "revision"?, "input"?}
POST /api/pipelines/{name}/windows  windows to train on: {"from", "to", "input"?, "fresh"?}
GET  /api/runs?pipeline=&status=    runs, newest first
GET  /api/runs/{run_id}             one run: stage, counts, chunks by state, errors
POST /api/runs/{run_id}/cancel      stop a run and its jobs
"""

from __future__ import annotations

import asyncio
from typing import Any

import azure.durable_functions as df
import azure.functions as func

from adapters.context import context, pipeline_named, pipelines
from domain.pipeline import Pipeline
from domain.requests import parse_run_body, parse_windows_body, run_request, windows_request
from domain.runs import RunStatus
from triggers.bodies import json_body, json_response
from triggers.cancelling import cancel_run
from triggers.preparing import prepare
from triggers.problems import answering
from triggers.quality_routes import add_quality_routes
from triggers.queries import Query
from triggers.run_view import run_details, run_line
from triggers.starting import start_run

MOST_RUNS = 1000


def http() -> df.Blueprint:
    """A blueprint with all routes; every one asks for a function key in Azure."""
    blueprint = df.Blueprint(http_auth_level=func.AuthLevel.FUNCTION)
    _pipeline_routes(blueprint)
    _run_routes(blueprint)
    add_quality_routes(blueprint)
    return blueprint


def _pipeline_routes(blueprint: df.Blueprint) -> None:
    @blueprint.route(route="pipelines", methods=["GET"])
    @answering
    async def list_pipelines(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001
        return json_response({"pipelines": [_pipeline_line(p) for p in pipelines().values()]})

    @blueprint.route(route="pipelines/{name}", methods=["GET"])
    @answering
    async def get_pipeline(req: func.HttpRequest) -> func.HttpResponse:
        return json_response(pipeline_named(req.route_params["name"]).model_dump(mode="json"))

    @blueprint.route(route="pipelines/{name}/runs", methods=["POST"])
    @blueprint.durable_client_input(client_name="client")
    @answering
    async def start_pipeline_run(
        req: func.HttpRequest, client: df.DurableOrchestrationClient
    ) -> func.HttpResponse:
        pipeline = pipeline_named(req.route_params["name"])
        body = parse_run_body(json_body(req), pipeline)
        request = run_request(
            pipeline,
            body.span,
            revision=body.revision,
            trigger="http",
            input=body.input,
        )
        await start_run(client, request)
        return client.create_check_status_response(req, request.run.run_id)

    @blueprint.route(route="pipelines/{name}/windows", methods=["POST"])
    @blueprint.durable_client_input(client_name="client")
    @answering
    async def prepare_pipeline_windows(
        req: func.HttpRequest, client: df.DurableOrchestrationClient
    ) -> func.HttpResponse:
        pipeline = pipeline_named(req.route_params["name"])
        body = parse_windows_body(json_body(req), pipeline)
        request = windows_request(pipeline, body.span, input=body.input)
        await prepare(client, request, fresh=body.fresh)
        return client.create_check_status_response(req, request.run.run_id)


def _run_routes(blueprint: df.Blueprint) -> None:
    @blueprint.route(route="runs", methods=["GET"])
    @answering
    async def list_runs(req: func.HttpRequest) -> func.HttpResponse:
        pipeline, status, limit = _filters(req)
        rows = await asyncio.to_thread(context().scores.list_runs, pipeline, status, limit)
        return json_response({"runs": [run_line(row) for row in rows]})

    @blueprint.route(route="runs/{run_id}", methods=["GET"])
    @blueprint.durable_client_input(client_name="client")
    @answering
    async def get_run(
        req: func.HttpRequest, client: df.DurableOrchestrationClient
    ) -> func.HttpResponse:
        return json_response(await run_details(client, req.route_params["run_id"]))

    @blueprint.route(route="runs/{run_id}/cancel", methods=["POST"])
    @blueprint.durable_client_input(client_name="client")
    @answering
    async def cancel_pipeline_run(
        req: func.HttpRequest, client: df.DurableOrchestrationClient
    ) -> func.HttpResponse:
        run_id = req.route_params["run_id"]
        await cancel_run(client, run_id)
        return json_response({"run_id": run_id, "status": RunStatus.CANCELLED.value}, 202)


def _pipeline_line(pipeline: Pipeline) -> dict[str, Any]:
    return {
        "name": pipeline.name,
        "description": pipeline.description,
        "source": pipeline.source.kind,
        "schedule": pipeline.schedule.cron if pipeline.schedule else None,
        "endpoint": pipeline.model.endpoint,
        "deployment": pipeline.model.deployment,
        "table": pipeline.output.table,
    }


def _filters(req: func.HttpRequest) -> tuple[str | None, RunStatus | None, int]:
    """The query of a list of runs. Raises RequestError naming every wrong parameter."""
    query = Query(req.params, ["pipeline", "status", "limit"])
    status = query.one_of("status", RunStatus)
    limit = query.whole("limit", 100, MOST_RUNS)
    query.check()
    pipeline = req.params.get("pipeline")
    if pipeline is not None:
        pipeline_named(pipeline)
    return pipeline, RunStatus(status) if status else None, limit
