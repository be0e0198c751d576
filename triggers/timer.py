"""A timer per pipeline that has a schedule: scores the span that ended last.

A tick starts every span that ended since the last one that a tick started, so a late tick or a
missed one skips nothing; and a span has one run id, so no tick doubles anything. The app setting
`SCHEDULE__<pipeline>` replaces the file's schedule.
"""

from __future__ import annotations

import asyncio
import logging
import os

import azure.durable_functions as df
import azure.functions as func

from adapters.context import context
from domain.errors import Problem, SettingsError
from domain.pipeline import Pipeline
from domain.requests import run_request, utc_now
from domain.spans import due_spans
from triggers.problems import RunConflictError
from triggers.starting import start_run

LOGGER = logging.getLogger("windrow.timer")
TRIGGER = "timer"


def timers(pipelines: dict[str, Pipeline]) -> df.Blueprint:
    """A blueprint with the timers of all pipelines that have a schedule."""
    blueprint = df.Blueprint()
    for pipeline in pipelines.values():
        if pipeline.schedule is not None:
            _add_timer(blueprint, pipeline)
    return blueprint


def _add_timer(blueprint: df.Blueprint, pipeline: Pipeline) -> None:
    @blueprint.function_name(f"{pipeline.name}_timer")
    @blueprint.timer_trigger(arg_name="timer", schedule=schedule_of(pipeline))
    @blueprint.durable_client_input(client_name="client")
    async def tick(timer: func.TimerRequest, client: df.DurableOrchestrationClient) -> None:
        if timer.past_due:
            LOGGER.warning("the timer of %s is late", pipeline.name)
        await start_due(client, pipeline)


def schedule_of(pipeline: Pipeline) -> str:
    """The timer's NCRONTAB: the app setting's, or else the file's. Raises SettingsError."""
    assert pipeline.schedule is not None  # noqa: S101 (only asked for pipelines that have one)
    name = f"SCHEDULE__{pipeline.name}"
    cron = os.environ.get(name) or pipeline.schedule.cron
    if len(cron.split()) != 6:
        rule = "must be NCRONTAB with six fields (second minute hour day month weekday)"
        raise SettingsError("app settings", [Problem(name, rule, cron)])
    return cron


async def start_due(client: df.DurableOrchestrationClient, pipeline: Pipeline) -> list[str]:
    """Starts the spans that are due. Answers the ids of the runs that were started."""
    assert pipeline.schedule is not None  # noqa: S101 (only asked for pipelines that have one)
    scores = context().scores
    scored_until = await asyncio.to_thread(scores.last_span_end, pipeline.name, TRIGGER)
    started = []
    for span in due_spans(pipeline.schedule, utc_now(), scored_until):
        request = run_request(pipeline, span, trigger=TRIGGER)
        try:
            is_new = await start_run(client, request)
        except RunConflictError as conflict:
            # Somebody scored the span from another input: one span must not hold up the others.
            LOGGER.warning("left alone: %s", conflict)
            continue
        if is_new:
            LOGGER.info("started %s", request.run.run_id)
            started.append(request.run.run_id)
    return started
