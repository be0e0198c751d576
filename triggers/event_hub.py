"""An Event Hub trigger per pipeline that has a stream: lands each batch, and has it collected.

The host writes its checkpoint when the function returns, whatever it returned. So the batch is in
the lake before that; and while it cannot be, the function fails, and its retry policy holds the
checkpoint and delivers the batch again. Both are harmless to repeat.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from datetime import UTC
from typing import Any, List  # noqa: UP035 (Azure's worker knows List[...], not list[...])

import azure.durable_functions as df
import azure.functions as func

from adapters.context import context
from adapters.landing import Arrived, Landed, land
from domain.pipeline import Pipeline
from domain.pipeline.events import EventsSource
from domain.requests import utc_now
from domain.windows import to_us
from triggers.collecting import have_collected

LOGGER = logging.getLogger("windrow.events")


def event_hubs(pipelines: dict[str, Pipeline]) -> df.Blueprint:
    """A blueprint with the triggers of all pipelines that have a stream."""
    blueprint = df.Blueprint()
    for pipeline in pipelines.values():
        if isinstance(pipeline.source, EventsSource):
            _add_trigger(blueprint, pipeline, pipeline.source)
    return blueprint


def _add_trigger(blueprint: df.Blueprint, pipeline: Pipeline, source: EventsSource) -> None:
    @blueprint.function_name(f"{pipeline.name}_events")
    @blueprint.retry(
        strategy="exponential_backoff",
        max_retry_count="-1",
        minimum_interval="00:00:01",
        maximum_interval="00:01:00",
    )
    @blueprint.event_hub_message_trigger(
        arg_name="events",
        event_hub_name=source.event_hub,
        connection=source.connection,
        consumer_group=source.consumer_group,
        cardinality=func.Cardinality.MANY,
        data_type=func.DataType.BINARY,
    )
    @blueprint.durable_client_input(client_name="client")
    async def land_events(
        events: List[func.EventHubEvent],  # noqa: UP006 (see above)
        client: df.DurableOrchestrationClient,
    ) -> None:
        await land_batch(client, pipeline, arrived(events))


async def land_batch(
    client: df.DurableOrchestrationClient, pipeline: Pipeline, batch: list[Arrived]
) -> Landed:
    """Lands a batch, then starts or signals the collecting of each interval that it touches.

    Raises LakeError and TransientError.
    """
    lake, telemetry = context().lake, context().telemetry
    landed = await asyncio.to_thread(land, lake, pipeline, batch, to_us(utc_now()))
    if landed.quarantined:
        told = {"pipeline": pipeline.name, "partition": batch[0].partition}
        telemetry.event("events_quarantined", {**told, "events": landed.quarantined})
    await have_collected(client, pipeline, landed.touched)
    return landed


def arrived(events: list[func.EventHubEvent]) -> list[Arrived]:
    """The batch as landing wants it. All events of a batch are of one partition."""
    partition = _partition(events[0].metadata or {})
    return [
        Arrived(
            partition=partition,
            sequence=int(event.sequence_number or 0),
            enqueued_us=_arrival_us(event),
            body=event.get_body(),
        )
        for event in events
    ]


def _arrival_us(event: func.EventHubEvent) -> int:
    """When the Event Hub took the event: the host tells it in UTC, with or without saying so."""
    at = event.enqueued_time
    assert at is not None  # noqa: S101 (every event of an Event Hub has one)
    return to_us(at if at.tzinfo else at.replace(tzinfo=UTC))


def _partition(metadata: Mapping[str, Any]) -> str:
    """The partition's id, which the host tells in the batch's context.

    Source: the trigger's metadata `PartitionContext` of the Event Hubs extension.
    """
    told = metadata.get("PartitionContext") or {}
    known = json.loads(told) if isinstance(told, str) else told
    return str(known["PartitionId"])
