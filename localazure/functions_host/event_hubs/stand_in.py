"""Events of the local cloud: its own small plane over https, next to Event Hubs' REST operations.

Long polls instead of AMQP; the checkpoints are kept by the plane, next to the events, so that both
are thrown away together.
"""

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx

from localazure.functions_host.event_hubs.errors import SourceAwayError, SourceRefusedError
from localazure.functions_host.event_hubs.events import (
    Checkpoint,
    InitialOffset,
    Place,
    Position,
    ReceivedEvent,
    Slice,
)
from localazure.functions_host.event_hubs.tokens import ManagedIdentity

RESOURCE = "https://eventhubs.azure.net"
TIMEOUT_S = 10.0
# The plane's own bound for one answer.
MOST_EVENTS = 10_000


class StandInSource:
    """One event hub of the local cloud."""

    def __init__(self, place: Place, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._place = place
        # Every partition holds a connection while it waits for events.
        limits = httpx.Limits(max_connections=None)
        self._client = httpx.AsyncClient(timeout=TIMEOUT_S, limits=limits, transport=transport)
        self._identity = ManagedIdentity(self._client, RESOURCE)
        hub = f"https://{place.namespace}/localazure/eventhubs/{quote(place.hub, safe='')}"
        self._hub_url = hub
        self._group_url = f"{hub}/consumergroups/{quote(place.consumer_group, safe='')}"

    async def partitions(self) -> list[str]:
        """Return the ids of the partitions; the hub and the consumer group must exist."""
        hub = await self._ask("GET", self._hub_url)
        groups = [str(one) for one in hub["consumer_groups"]]
        wanted = self._place.consumer_group
        if wanted.casefold() not in (one.casefold() for one in groups):
            raise SourceRefusedError(
                f"consumerGroup {wanted!r} is not one of event hub {self._place.hub!r}; "
                f"it has: {', '.join(groups)}"
            )
        return [str(one["id"]) for one in hub["partitions"]]

    async def read(self, partition: str, position: Position, limit: int, wait_s: float) -> Slice:
        """Return up to ``limit`` events from a position on, waiting for the first of them."""
        if isinstance(position, InitialOffset):
            position = await self._resolve(partition, position)
        return await self._read(partition, position, limit, wait_s)

    async def load_checkpoints(self) -> Mapping[str, Checkpoint]:
        """Return the checkpoint of each partition that has one."""
        answer = await self._ask("GET", f"{self._group_url}/checkpoints")
        return {
            str(partition): Checkpoint(int(one["sequence_number"]), str(one["offset"]))
            for partition, one in answer["checkpoints"].items()
        }

    async def save_checkpoint(self, partition: str, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint."""
        url = f"{self._group_url}/checkpoints/{quote(partition, safe='')}"
        content = {"sequence_number": checkpoint.sequence_number, "offset": checkpoint.offset}
        await self._ask("PUT", url, json=content)

    async def close(self) -> None:
        """Let go of connections."""
        await self._client.aclose()

    async def _read(self, partition: str, first: int, limit: int, wait_s: float) -> Slice:
        url = f"{self._hub_url}/partitions/{quote(partition, safe='')}/events"
        query = {"from": str(first), "limit": str(min(limit, MOST_EVENTS)), "wait": f"{wait_s:g}"}
        answer = await self._ask("GET", url, params=query, timeout=wait_s + TIMEOUT_S)
        events = [_event(one) for one in answer["events"]]
        return Slice(events, int(answer["next"]))

    async def _resolve(self, partition: str, initial: InitialOffset) -> int:
        hub = await self._ask("GET", self._hub_url)
        found = next(one for one in hub["partitions"] if str(one["id"]) == partition)
        first, following = int(found["first_sequence"]), int(found["next_sequence"])
        if initial.type == "fromEnd":
            return following
        # Enqueued times grow with the sequence numbers, so the first fitting event is bisected.
        while initial.enqueued_time is not None and first < following:
            middle = (first + following) // 2
            events = (await self._read(partition, middle, 1, 0)).events
            if not events or events[0].enqueued_time >= initial.enqueued_time:
                following = middle
            else:
                first = middle + 1
        return first

    async def _ask(self, method: str, url: str, **options: Any) -> dict[str, Any]:
        answer = await self._send(method, url, **options)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            self._identity.forget()
            answer = await self._send(method, url, **options)
        place = self._place
        if answer.is_error:
            kind = SourceAwayError if answer.is_server_error else SourceRefusedError
            raise kind(
                f"eventHubName {place.hub!r}, consumerGroup {place.consumer_group!r}: "
                f"{place.namespace} answers HTTP {answer.status_code} {_reason(answer)}".rstrip()
            )
        return dict(answer.json()) if answer.content else {}

    async def _send(self, method: str, url: str, **options: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {await self._identity.token()}"}
        try:
            try:
                return await self._client.request(method, url, headers=headers, **options)
            except httpx.RemoteProtocolError:
                # The plane closed an idle connection just now; every request may be repeated.
                return await self._client.request(method, url, headers=headers, **options)
        except httpx.TransportError as error:
            text = f"namespace {self._place.namespace} does not answer: {error!r}"
            raise SourceAwayError(text) from error


def _reason(answer: httpx.Response) -> str:
    """Return the message of an error in the JSON shape of the local cloud."""
    try:
        return str(answer.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return ""


def _event(content: Mapping[str, Any]) -> ReceivedEvent:
    return ReceivedEvent(
        sequence_number=int(content["sequence_number"]),
        offset=str(content["offset"]),
        enqueued_time=datetime.fromisoformat(content["enqueued_time"]),
        body=base64.b64decode(content["body"]),
        partition_key=content["partition_key"],
        properties=content["properties"],
    )
