"""Now and then looks for landed events that nobody collects: what a crash, or a lost signal, left.

An interval that was collected is one file. So small files in an interval that is closed for a while
say that its collecting has not ended well; and windows of later intervals may need them.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import azure.durable_functions as df
import azure.functions as func

from adapters.context import context
from adapters.landing import Touched
from adapters.streams.folders import list_days
from domain.intervals import burst_instance_id, touched
from domain.pipeline import Pipeline
from domain.pipeline.events import EventsSource
from domain.requests import utc_now
from domain.windows import from_us, to_us
from triggers.collecting import have_collected, is_running

LOGGER = logging.getLogger("windrow.events")
SCHEDULE = "15 */5 * * * *"
GRACE = timedelta(minutes=1)
"""How long a collecting that goes well may take to begin."""

DAYS_BACK = 2
"""Days before the tolerance for late events that are looked at."""


def sweeper(pipelines: dict[str, Pipeline]) -> df.Blueprint:
    """A blueprint with one timer for all pipelines that have a stream; empty if none has."""
    blueprint = df.Blueprint()
    streams = [p for p in pipelines.values() if isinstance(p.source, EventsSource)]
    if streams:

        @blueprint.function_name("sweep_streams")
        @blueprint.timer_trigger(arg_name="timer", schedule=SCHEDULE)
        @blueprint.durable_client_input(client_name="client")
        async def sweep(timer: func.TimerRequest, client: df.DurableOrchestrationClient) -> None:
            del timer
            for pipeline in streams:
                await sweep_stream(client, pipeline)

    return blueprint


async def sweep_stream(client: df.DurableOrchestrationClient, pipeline: Pipeline) -> list[str]:
    """Has the intervals collected that were left. Answers their labels."""
    source = pipeline.source
    assert isinstance(source, EventsSource)  # noqa: S101 (only called for streams)
    now = utc_now()
    back = source.late_arrival.limit if source.late_arrival.policy == "rescore" else timedelta(0)
    closed_us = to_us(now - source.late_arrival.tolerance - GRACE)
    first = now - max(back, source.late_arrival.tolerance) - timedelta(days=DAYS_BACK)
    days = [(first + timedelta(days=n)).date().isoformat() for n in range((now - first).days + 2)]
    lake = context().lake
    left = await asyncio.to_thread(list_days, lake, pipeline.name, source.every_us, days)
    every_us = source.every_us
    wanted = {
        interval
        for one in left  # whose latest events lie at its end
        for interval in (one, *touched(one.end_us, pipeline, every_us, closed_us))
        if interval.end_us <= closed_us
    }
    found = []
    for interval in sorted(wanted):
        if not await is_running(client, burst_instance_id(pipeline.name, interval)):
            await have_collected(client, pipeline, [Touched(interval, 0)])
            found.append(interval.label)
    if found:
        since = from_us(min(interval.start_us for interval in wanted))
        LOGGER.warning("%s: collecting what was left since %s: %s", pipeline.name, since, found)
    return found
