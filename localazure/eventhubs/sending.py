"""What a REST send holds: one event, or a batch as a JSON array. Pure: parses, and decides nothing.

Protocol: "Send event", "Send batch events", "Send partition event" and "Common parameters and
headers" of the Event Hubs REST reference; ``IsBodyBase64`` from "Azure Event Hub / Service Bus
Performance - Http Batch Send 2" by the feature's author.

A send goes to one partition as a whole, so it has one partition key. The reference names the header
``BrokerProperties`` for it and shows ``BrokerProperties`` in the events of a batch, too; what the
service does when those differ is not documented, so this stand-in takes only those that agree.
"""

import base64
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from localazure.eventhubs.model import EventData, PropertyValue

T = TypeVar("T")

BATCH_TYPE = "application/vnd.microsoft.servicebus.json"

# Headers of HTTP, of clients and of proxies; all others are properties of the event.
_NOT_PROPERTIES = {
    "accept",
    "authorization",
    "brokerproperties",
    "cache-control",
    "connection",
    "cookie",
    "date",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "origin",
    "pragma",
    "referer",
    "te",
    "traceparent",
    "tracestate",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
}
_NOT_PROPERTY_PREFIXES = (
    *("accept-", "content-", "proxy-", "sec-"),
    *("x-forwarded-", "x-localazure-", "x-ms-"),
)
_SHOWN_PROBLEMS = 5
_SHOWN_CHARACTERS = 60

Headers = Iterable[tuple[bytes, bytes]]
PartitionKey = Annotated[str, Field(min_length=1, max_length=128)]


class SendError(ValueError):
    """A request that the service would refuse; says which field, the rule and the value."""


@dataclass(frozen=True, slots=True)
class Sending:
    """The events of one request, and where they want to go: to a key, a partition, or anywhere."""

    events: Sequence[EventData]
    partition_key: str | None
    partition_id: str | None


def _plain(value: object) -> object:
    finite = not isinstance(value, float) or math.isfinite(value)
    if not isinstance(value, str | int | float) or not finite:
        raise ValueError("must be text, a number, true or false")
    return value


# Checked by hand: a union's message would have a sentence for each of its types.
_PlainValue = Annotated[Any, AfterValidator(_plain)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _BrokerProperties(_Part):
    partition_key: PartitionKey | None = Field(default=None, alias="PartitionKey")
    partition_id: str | int | None = Field(default=None, alias="PartitionId")


class _BatchEvent(_Part):
    body: str = Field(alias="Body")
    is_body_base64: bool = Field(default=False, alias="IsBodyBase64")
    user_properties: dict[str, _PlainValue] = Field(default={}, alias="UserProperties")
    broker: _BrokerProperties = Field(default=_BrokerProperties(), alias="BrokerProperties")


_BROKER = TypeAdapter(_BrokerProperties)
_BATCH = TypeAdapter(Annotated[list[_BatchEvent], Field(min_length=1)])


def parse_sending(headers: Headers, body: bytes) -> Sending:
    """Read a request; header names are in lower case, as HTTP servers give them.

    Raises:
        SendError: with what is wrong.
    """
    fields = {_text(name): _text(value) for name, value in headers}
    content_type = fields.get("content-type")
    wanted = [_parse(_BROKER, fields.get("brokerproperties", "{}"), "BrokerProperties")]
    if (content_type or "").partition(";")[0].strip().lower() == BATCH_TYPE:
        batch = _parse(_BATCH, body, "the batch")
        wanted += [item.broker for item in batch]
        events = [_batch_event(item, number) for number, item in enumerate(batch)]
    else:
        events = [EventData(body, _custom(fields), content_type)]
    key = _only("PartitionKey", [part.partition_key for part in wanted])
    partition_id = _only("PartitionId", [part.partition_id for part in wanted])
    if key is not None and partition_id is not None:
        raise SendError(
            "BrokerProperties must hold PartitionKey or PartitionId; "
            f"got both, {key!r} and {partition_id!r}"
        )
    return Sending(events, key, partition_id)


def _batch_event(item: _BatchEvent, number: int) -> EventData:
    if not item.is_body_base64:
        return EventData(item.body.encode(), item.user_properties)
    try:
        return EventData(base64.b64decode(item.body, validate=True), item.user_properties)
    except ValueError as error:
        raise SendError(f"the batch.{number}.Body must be base64: {error}") from error


def _custom(fields: dict[str, str]) -> dict[str, PropertyValue]:
    return {
        name: value
        for name, value in fields.items()
        if name not in _NOT_PROPERTIES and not name.startswith(_NOT_PROPERTY_PREFIXES)
    }


def _only(name: str, values: Iterable[str | int | None]) -> str | None:
    """Return the one value among those that are given."""
    given = sorted({str(value) for value in values if value is not None})
    if len(given) > 1:
        raise SendError(
            f"{name} must be the same for the whole request, which goes to one partition; "
            f"got {_shown(given)}"
        )
    return given[0] if given else None


def _parse(adapter: TypeAdapter[T], document: str | bytes, name: str) -> T:
    try:
        return adapter.validate_json(document)
    except ValidationError as error:
        problems = error.errors(include_url=False)
        sentences = [
            f"{'.'.join([name, *(str(part) for part in item['loc'])])}: {item['msg']}; "
            f"got {_shown(item['input'])}"
            for item in problems[:_SHOWN_PROBLEMS]
        ]
        if len(problems) > _SHOWN_PROBLEMS:
            sentences.append(f"and {len(problems) - _SHOWN_PROBLEMS} more")
        raise SendError("; ".join(sentences)) from error


def _text(raw: bytes) -> str:
    """Return a header's text: UTF-8, or else Latin-1, which every header is."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."
