"""What the host hands over becomes a batch; it lies in the lake before anybody is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import azure.functions as func
import pytest
from azure.functions.meta import Datum

from adapters.landing import Arrived
from domain.errors import TransientError
from domain.intervals import burst_instance_id, interval_of
from domain.pipeline import Pipeline
from domain.windows import to_us
from tests.adapters.landing.streams import NOON, arrived, event, raw_names, stream
from tests.adapters.streams.scenes import QUARTER
from tests.streams.memory_lake import MemoryLake
from tests.triggers.durable import Durable
from triggers import event_hub

Known = Callable[[Pipeline], Pipeline]
AT = datetime(2026, 1, 1, 12, 0, 1, 250_000, tzinfo=UTC)


def told(context: Any, kind: str, at: datetime = AT, **more: Any) -> func.EventHubEvent:
    """An event as Azure's worker makes it."""
    metadata = {"PartitionContext": Datum(context, kind)}
    return func.EventHubEvent(
        body=b"{}", trigger_metadata=metadata, enqueued_time=at, sequence_number=0, **more
    )


@pytest.mark.parametrize("as_text", [True, False])
def test_the_partition_is_told_by_the_context_of_the_batch(as_text: bool) -> None:
    """As JSON, or as the object that it means; for all events by the first."""
    context = {"PartitionId": 7, "Owner": "x"}
    events = [func.EventHubEvent(body=b"x", enqueued_time=AT, sequence_number=n) for n in (8, 9)]
    if as_text:
        first = told(json.dumps(context), "json")
    else:
        first = told(context, "json")
        first._trigger_metadata_pyobj = {"PartitionContext": context}
    assert event_hub.arrived([first, *events]) == [
        Arrived("7", 0, to_us(AT), b"{}"),
        Arrived("7", 8, to_us(AT), b"x"),
        Arrived("7", 9, to_us(AT), b"x"),
    ]


@pytest.mark.parametrize(
    "at", [AT.replace(tzinfo=None), AT, AT.astimezone(timezone(timedelta(hours=5)))]
)
def test_a_time_without_a_zone_is_in_utc(at: datetime) -> None:
    """One with a zone is the instant that it says."""
    [found] = event_hub.arrived([told('{"PartitionId": "0"}', "json", at)])
    assert found.enqueued_us == to_us(AT)


def test_a_batch_is_in_the_lake_before_its_intervals_are_collected(
    known: Known, lake: MemoryLake
) -> None:
    """So whoever looks at once finds it."""
    pipeline, client, seen = known(stream()), Durable(), []
    client.before_start = [lambda _: seen.extend(raw_names(lake, pipeline))]
    batch = [arrived(event(NOON), 5), arrived(b"nonsense", 6)]
    landed = asyncio.run(event_hub.land_batch(client, pipeline, batch))
    assert (landed.events, landed.quarantined) == (1, 1)
    assert len(seen) == 1 and "/seq=5-5-1-" in seen[0]
    instance_id = burst_instance_id(pipeline.name, interval_of(NOON, QUARTER))
    assert client.done == [("start collect_burst", instance_id)]
    assert any(path.startswith("quarantine/") for path in lake.blobs)


def test_a_batch_that_does_not_land_is_an_error(known: Known, lake: MemoryLake) -> None:
    """The host keeps its checkpoint then, and nobody is told."""
    pipeline, client = known(stream()), Durable()
    with lake.dying_after(0), pytest.raises(TransientError):
        asyncio.run(event_hub.land_batch(client, pipeline, [arrived(event(NOON))]))
    assert client.done == []


def test_every_stream_has_a_trigger_that_tries_for_ever() -> None:
    """The host counts a batch as done when the function gives up."""
    [builder] = event_hub.event_hubs({"s": stream({"consumer_group": "g"})})._function_builders
    function = builder.build()
    [trigger] = [b for b in function.get_bindings_dict()["bindings"] if "eventHub" in b["type"]]
    assert (trigger["eventHubName"], trigger["consumerGroup"]) == ("readings", "g")
    assert trigger["cardinality"] is func.Cardinality.MANY
    assert function.get_settings_dict("retry_policy")["max_retry_count"] == "-1"
