"""The section `extensions.eventHubs` of host.json, with the defaults of extension bundle 4.

Source: `EventHubOptions` of the package Microsoft.Azure.WebJobs.Extensions.EventHubs, 6.x.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from localazure.functions_host.errors import SettingsError
from localazure.functions_host.event_hubs.events import FROM_START, InitialOffset
from localazure.functions_host.time_spans import parse_time_span

WHERE = "host.json: extensions.eventHubs"
LONGEST_WAIT_S = 600.0
OFFSET_TYPES = ("fromStart", "fromEnd", "fromEnqueuedTime")
# They tune AMQP, load balancing between instances, or scaling: nothing of this is here.
WITHOUT_EFFECT = (
    "clientRetryOptions",
    "customEndpointAddress",
    "loadBalancingUpdateInterval",
    "partitionOwnershipExpirationInterval",
    "prefetchSizeInBytes",
    "targetUnprocessedEventThreshold",
    "trackLastEnqueuedEventProperties",
    "transportType",
    "webProxy",
)
FOLLOWED = (
    "batchCheckpointFrequency",
    "initialOffsetOptions",
    "maxEventBatchSize",
    "maxWaitTime",
    "minEventBatchSize",
    "prefetchCount",
)


@dataclass(frozen=True)
class EventHubOptions:
    """How batches are made and when checkpoints are written."""

    max_event_batch_size: int = 100
    min_event_batch_size: int = 1
    max_wait_time_s: float = 60.0
    prefetch_count: int = 300
    batch_checkpoint_frequency: int = 1
    initial_offset: InitialOffset = FROM_START
    without_effect: tuple[str, ...] = ()


def read_options(section: Mapping[str, Any]) -> EventHubOptions:
    """Read the section.

    Raises:
        SettingsError: every field that breaks a rule, at once.
    """
    problems = [
        f"{WHERE}.{name} is not a setting; there are: {', '.join(FOLLOWED)}"
        for name in sorted(set(section) - {*FOLLOWED, *WITHOUT_EFFECT})
    ]

    def count(name: str, default: int, least: int = 1) -> int:
        value = section.get(name, default)
        if isinstance(value, int) and not isinstance(value, bool) and value >= least:
            return value
        problems.append(f"{WHERE}.{name} must be a number of at least {least}; got {value!r}")
        return default

    largest, smallest = count("maxEventBatchSize", 100), count("minEventBatchSize", 1)
    if smallest > largest:
        problems.append(
            f"{WHERE}.minEventBatchSize must be at most maxEventBatchSize ({largest}); "
            f"got {smallest}"
        )
    options = EventHubOptions(
        max_event_batch_size=largest,
        min_event_batch_size=smallest,
        max_wait_time_s=_wait(section, problems),
        prefetch_count=count("prefetchCount", 300, least=0),
        batch_checkpoint_frequency=count("batchCheckpointFrequency", 1),
        initial_offset=_initial_offset(section, problems),
        without_effect=tuple(name for name in WITHOUT_EFFECT if name in section),
    )
    if problems:
        raise SettingsError("\n".join(problems))
    return options


def _wait(section: Mapping[str, Any], problems: list[str]) -> float:
    value = section.get("maxWaitTime", "00:01:00")
    try:
        seconds = parse_time_span(value)
    except ValueError as error:
        problems.append(f"{WHERE}.maxWaitTime {error}")
        return LONGEST_WAIT_S
    if seconds > LONGEST_WAIT_S:
        problems.append(f"{WHERE}.maxWaitTime must be at most ten minutes; got {value!r}")
    return seconds


def _initial_offset(section: Mapping[str, Any], problems: list[str]) -> InitialOffset:
    where, given = f"{WHERE}.initialOffsetOptions", section.get("initialOffsetOptions") or {}
    if not isinstance(given, dict):
        problems.append(f"{where} must be a JSON object")
        return FROM_START
    problems.extend(
        f"{where}.{name} is not a setting; there are: type, enqueuedTimeUtc"
        for name in sorted(set(given) - {"type", "enqueuedTimeUtc"})
    )
    kind = given.get("type", "fromStart")
    if kind not in OFFSET_TYPES:
        problems.append(f"{where}.type must be one of {', '.join(OFFSET_TYPES)}; got {kind!r}")
        return FROM_START
    if kind != "fromEnqueuedTime":
        return InitialOffset(kind)
    text = given.get("enqueuedTimeUtc")
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        problems.append(f"{where}.enqueuedTimeUtc must be a time in ISO 8601; got {text!r}")
        return FROM_START
    return InitialOffset(kind, moment if moment.tzinfo else moment.replace(tzinfo=UTC))
