"""Event hub functions that write down each delivery in the folder DELIVERIES.

What they do with it is in the events: `fail` raises, `fail N` raises until retry N, `hold` waits
until there is a file `go`.
"""

import json
import os
import time
from pathlib import Path
from typing import Any, List  # noqa: UP035 (Azure's worker knows List[...], not list[...])

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp()


def receive(name: str, events: list[func.EventHubEvent], context: func.Context) -> None:
    """Write a delivery down, then do what its events ask for."""
    folder = Path(os.environ["DELIVERIES"])
    retry = context.retry_context
    delivery = {
        "function": name,
        "events": [_describe(one) for one in events],
        "metadata": events[0].metadata,
        "retry": [retry.retry_count, retry.max_retry_count],
        "error": retry.rpc_exception.message or None,
    }
    half = folder / f".{time.time_ns()}"
    half.write_text(json.dumps(delivery), "utf-8")
    half.rename(folder / f"{name}-{half.name[1:]}.json")
    for one in events:
        _obey(one.get_body(), retry.retry_count, folder)


def _describe(event: func.EventHubEvent) -> dict[str, Any]:
    return {
        "body": event.get_body().decode("latin-1"),
        "sequence_number": event.sequence_number,
        "offset": event.offset,
        "partition_key": event.partition_key,
        "enqueued_time": str(event.enqueued_time),
    }


def _obey(body: bytes, retry: int, folder: Path) -> None:
    word, _, number = body.partition(b" ")
    if word == b"fail" and retry < int(number or b"1000000"):
        raise RuntimeError(f"no luck at retry {retry}")
    while word == b"hold" and not (folder / "go").exists():
        time.sleep(0.02)


@app.event_hub_message_trigger(
    arg_name="events",
    event_hub_name="%HUB%",
    connection="EVENTHUB",
    consumer_group="%GROUP%",
    cardinality=func.Cardinality.MANY,
    data_type=func.DataType.BINARY,
)
@app.durable_client_input(client_name="client")
async def batches(
    events: List[func.EventHubEvent],  # noqa: UP006 (see above)
    client: df.DurableOrchestrationClient,
    context: func.Context,
) -> None:
    """Take many events, on the event loop, with a durable client."""
    assert isinstance(client, df.DurableOrchestrationClient)
    receive("batches", events, context)


@app.event_hub_message_trigger(arg_name="event", event_hub_name="singles", connection="EVENTHUB")
def singles(event: func.EventHubEvent, context: func.Context) -> None:
    """Take one event at a time, as text."""
    receive("singles", [event], context)


@app.event_hub_message_trigger(
    arg_name="events", event_hub_name="texts", connection="EVENTHUB", cardinality="many"
)
def texts(events: List[func.EventHubEvent], context: func.Context) -> None:  # noqa: UP006
    """Take many events, as texts, in a thread."""
    receive("texts", events, context)


@app.event_hub_message_trigger(
    arg_name="events",
    event_hub_name="retried",
    connection="EVENTHUB",
    cardinality="many",
    data_type="binary",
)
@app.retry(strategy="fixed_delay", max_retry_count="2", delay_interval="00:00:00")
def retried(events: List[func.EventHubEvent], context: func.Context) -> None:  # noqa: UP006
    """Take many events, with two retries."""
    receive("retried", events, context)


@app.event_hub_message_trigger(
    arg_name="events",
    event_hub_name="persistent",
    connection="EVENTHUB",
    cardinality="many",
    data_type="binary",
)
@app.retry(
    strategy="exponential_backoff",
    max_retry_count="-1",
    minimum_interval="00:00:00",
    maximum_interval="00:00:01",
)
def persistent(events: List[func.EventHubEvent], context: func.Context) -> None:  # noqa: UP006
    """Take many events, with retries for ever."""
    receive("persistent", events, context)


@app.event_hub_message_trigger(arg_name="event", event_hub_name="nowhere", connection="EVENTHUB")
def lost(event: func.EventHubEvent) -> None:
    """Listen to an event hub that does not exist."""


@app.event_hub_message_trigger(arg_name="event", event_hub_name="nowhere", connection="EVENTHUB")
def lost_too(event: func.EventHubEvent) -> None:
    """Listen to the same as another function."""


@app.event_hub_message_trigger(arg_name="event", event_hub_name="x", connection="UNKNOWN")
def unset(event: func.EventHubEvent) -> None:
    """Listen by a setting that does not exist."""


@app.timer_trigger(arg_name="timer", schedule="0 0 1 1 *")
@app.retry(strategy="fixed_delay", max_retry_count="2", delay_interval="00:00:01")
def yearly(timer: func.TimerRequest) -> None:
    """Have a retry policy that is not imitated."""
