"""Has intervals collected: starts `collect_burst` for each, once, or signals the one that runs.

However many batches and hosts come at once, there is one orchestration per interval, since its id
is a function of both names. One that has ended is started again: it looks into the lake, and ends
at once if everything was read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

import azure.durable_functions as df

from adapters.landing import Touched
from domain import names
from domain.errors import TransientError
from domain.intervals import Interval, burst_instance_id
from domain.messages import BurstOrder, Landing
from domain.pipeline import Pipeline
from domain.pipeline.events import EventsSource
from domain.requests import utc_now
from domain.windows import from_us

TRIES = 5
"""Between a look and a start, others may start the same, or it may end: then look again."""

ENDED = frozenset({"Completed", "Failed", "Terminated", "Canceled"})


async def have_collected(
    client: df.DurableOrchestrationClient, pipeline: Pipeline, touched: Sequence[Touched]
) -> None:
    """Makes sure that each interval is looked at after now. Raises TransientError."""
    await asyncio.gather(*(_have_one(client, pipeline, one) for one in touched))


async def _have_one(
    client: df.DurableOrchestrationClient, pipeline: Pipeline, touched: Touched
) -> None:
    instance_id = burst_instance_id(pipeline.name, touched.interval)
    order = burst_order(pipeline, touched.interval, touched.events, utc_now())
    signal = Landing(events=touched.events)
    why: Exception | str = "it ended again and again"
    for _ in range(TRIES):
        try:
            if not await is_running(client, instance_id):
                await client.start_new(
                    names.COLLECT_BURST, instance_id=instance_id, client_input=order.to_json()
                )
                return
            await client.raise_event(instance_id, names.LANDED, signal.to_json())
            if await is_running(client, instance_id):
                return  # or else it ended meanwhile, perhaps without having seen the signal
        except Exception as error:  # noqa: BLE001 (the SDK raises nothing else)
            why = error
    raise TransientError("Durable Functions", f"collect {instance_id}", why)


async def is_running(client: df.DurableOrchestrationClient, instance_id: str) -> bool:
    """Whether there is such an orchestration that has not ended."""
    status = await client.get_status(instance_id)
    if not status or status.runtime_status is None:
        return False
    return status.runtime_status.value not in ENDED


def burst_order(pipeline: Pipeline, interval: Interval, events: int, now: datetime) -> BurstOrder:
    """The input of `collect_burst` for an interval in which so many events have landed.

    An interval that is over already, since a backlog is being taken in, gets as much time to become
    quiet as one that has just ended.
    """
    source = pipeline.source
    assert isinstance(source, EventsSource)  # noqa: S101 (only called for streams)
    closes_at = from_us(interval.end_us) + source.late_arrival.tolerance
    return BurstOrder(
        pipeline=pipeline.name,
        interval=interval.label,
        closes_at=closes_at,
        latest_at=max(closes_at, now) + source.score_every,
        quiet_s=source.quiet.total_seconds(),
        max_events=source.max_events,
        signalled=events,
    )
