"""One event hub function: what its trigger says, and one delivery of events to it."""

import asyncio
import os
from collections.abc import Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any

from localazure.functions_host.app import HostedFunction
from localazure.functions_host.errors import BadFunctionError, SettingsError
from localazure.functions_host.event_hubs.connections import Connection, read_connection
from localazure.functions_host.event_hubs.errors import SourceRefusedError
from localazure.functions_host.event_hubs.events import (
    DEFAULT_CONSUMER_GROUP,
    Place,
    ReceivedEvent,
)
from localazure.functions_host.event_hubs.trigger_data import (
    Delivered,
    decode_batch,
    decode_single,
)
from localazure.functions_host.invocation import Invoker
from localazure.functions_host.retries import RetryContext, parse_retry_policy
from localazure.functions_host.settings import expand

CARDINALITIES = ("one", "many")
DATA_TYPES = ("undefined", "string", "binary")
BY_HAND = Place("localazure", "by-hand", DEFAULT_CONSUMER_GROUP)


class EventHubFunction:
    """A function with an `eventHubTrigger`.

    Raises:
        BadFunctionError: the trigger, or the retry policy, breaks a rule that no setting can mend.
    """

    def __init__(self, function: HostedFunction, invoker: Invoker) -> None:
        trigger = function.trigger
        self.function = function
        self.retry_policy = parse_retry_policy(function.name, function.retry)
        cardinality = _one_of(function, "cardinality", CARDINALITIES)
        self.takes_many = cardinality == "many"
        self._binary = _one_of(function, "dataType", DATA_TYPES) == "binary"
        self._hub = str(trigger.get("eventHubName") or "")
        self._group = str(trigger.get("consumerGroup") or DEFAULT_CONSUMER_GROUP)
        self._connection = str(trigger.get("connection") or "")
        self._invoker = invoker

    @property
    def name(self) -> str:
        """The function's name."""
        return self.function.name

    @property
    def listens_to(self) -> tuple[str, str, str]:
        """Connection, hub and consumer group, as far as the settings tell them."""
        try:
            return (
                self._expand("connection", self._connection),
                self._expand("eventHubName", self._hub),
                self._expand("consumerGroup", self._group),
            )
        except SourceRefusedError:
            return self._connection, self._hub, self._group

    def describe(self) -> str:
        """Return hub, consumer group and cardinality."""
        _, hub, group = self.listens_to
        return f"{hub}, consumer group {group}, {'many' if self.takes_many else 'one'}"

    def locate(self) -> tuple[Connection, Place]:
        """Return where its events are.

        Raises:
            SourceRefusedError: a setting is missing or wrong.
        """
        hub = self._expand("eventHubName", self._hub)
        group = self._expand("consumerGroup", self._group)
        connection = read_connection(self._expand("connection", self._connection), os.environ)
        hub = connection.hub or hub
        if not hub:
            raise SourceRefusedError("eventHubName must not be empty")
        return connection, Place(connection.namespace, hub, group)

    async def deliver(
        self,
        events: Sequence[ReceivedEvent],
        place: Place,
        partition: str,
        *,
        retry: RetryContext,
        checkpoint_follows: bool,
    ) -> BaseException | None:
        """Invoke the function once and wait for its end; return what it raised.

        Whoever is cancelled meanwhile leaves the invocation running: it cannot be taken back.
        """
        source = Delivered(self.name, place, partition, checkpoint_follows)
        running = self._invoke(events, source, retry)
        ended = asyncio.wrap_future(running)
        await asyncio.wait([ended])
        return ended.exception()

    def deliver_by_hand(self, body: str) -> None:
        """Invoke the function with one event that is in no event hub."""
        event = ReceivedEvent(0, "0", datetime.now(UTC), body.encode())
        source = Delivered(self.name, BY_HAND, "0", checkpoint_follows=False)
        self._invoke([event], source, RetryContext())

    def _invoke(
        self, events: Sequence[ReceivedEvent], source: Delivered, retry: RetryContext
    ) -> "Future[Any]":
        count = "1 event" if len(events) == 1 else f"{len(events)} events"
        detail = f"{count} of partition {source.partition}"
        try:
            if self.takes_many:
                value = decode_batch(events, source, binary=self._binary)
            else:
                value = decode_single(events[0], source, binary=self._binary)
        except Exception as error:  # noqa: BLE001 - the SDK's converter refuses the event
            return self._invoker.refuse(self.function, error, detail=detail)
        return self._invoker.invoke(self.function, value, retry=retry, detail=detail)

    def _expand(self, field: str, text: str) -> str:
        try:
            return expand(text, os.environ, f"{field} {text!r}")
        except SettingsError as error:
            raise SourceRefusedError(str(error)) from error


def _one_of(function: HostedFunction, field: str, allowed: tuple[str, ...]) -> str:
    given = str(function.trigger.get(field) or allowed[0]).casefold()
    if given not in allowed:
        rule = f"`{field}` must be one of {', '.join(allowed)}; got {given!r}"
        raise BadFunctionError(function.name, rule)
    return given
