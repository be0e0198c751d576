"""What an Application Insights exporter posts, read into one kind of item.

Format: the "TelemetryItem" of the ingestion API 2.1 (``time``, ``name``, ``tags``,
``data.baseType``, ``data.baseData``). Pure: knows neither HTTP nor SQLite.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_SEVERITIES = ("verbose", "information", "warning", "error", "critical")


@dataclass(frozen=True, slots=True)
class Item:
    """One telemetry item; ``time`` is UTC in ISO 8601 with microseconds, so it sorts as text."""

    time: str
    kind: str
    name: str
    message: str
    severity: str | None
    role: str | None
    operation_id: str | None
    properties: Mapping[str, Any]
    raw: str


class EnvelopeError(ValueError):
    """An envelope that Application Insights would refuse."""


def parse_envelope(envelope: object) -> Item:
    """Return the item that an envelope holds.

    Raises:
        EnvelopeError: naming the field that is missing or wrong.
    """
    document = _object(envelope, "the envelope")
    data = _object(document.get("data"), "data")
    base_type = str(data.get("baseType"))
    if base_type not in _KINDS:
        raise EnvelopeError(f"data.baseType must be one of {sorted(_KINDS)}; got {base_type!r}")
    kind, describe = _KINDS[base_type]
    base = _object(data.get("baseData"), "data.baseData")
    name, message = describe(base)
    tags = document.get("tags") or {}
    return Item(
        time=_utc(document.get("time")),
        kind=kind,
        name=name,
        message=message,
        severity=_severity(base.get("severityLevel")),
        role=tags.get("ai.cloud.role"),
        operation_id=tags.get("ai.operation.id"),
        properties={**(base.get("properties") or {}), **(base.get("measurements") or {})},
        raw=json.dumps(document, ensure_ascii=False),
    )


def _object(value: object, field: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise EnvelopeError(f"{field} must be an object; got {type(value).__name__}")
    return value


def _utc(value: object) -> str:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise EnvelopeError(f"time must be an ISO 8601 time; got {value!r}") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _severity(level: object) -> str | None:
    """Return the name of a severity that comes as a number (the API) or a name (exporters)."""
    if isinstance(level, int) and 0 <= level < len(_SEVERITIES):
        return _SEVERITIES[level]
    return str(level).lower() if level is not None else None


def _describe_exception(base: Mapping[str, Any]) -> tuple[str, str]:
    first = (base.get("exceptions") or [{}])[0]
    return str(first.get("typeName") or "Exception"), str(first.get("message") or "")


def _describe_metric(base: Mapping[str, Any]) -> tuple[str, str]:
    first = (base.get("metrics") or [{}])[0]
    return str(first.get("name") or ""), str(first.get("value", ""))


def _describe_call(base: Mapping[str, Any]) -> tuple[str, str]:
    code = base.get("responseCode") or base.get("resultCode") or ""
    return str(base.get("name") or ""), f"{code} in {base.get('duration') or '?'}"


def _describe_event(base: Mapping[str, Any]) -> tuple[str, str]:
    return str(base.get("name") or ""), ""


def _describe_trace(base: Mapping[str, Any]) -> tuple[str, str]:
    return "", str(base.get("message") or "")


_KINDS: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], tuple[str, str]]]] = {
    "AvailabilityData": ("availability", _describe_event),
    "EventData": ("event", _describe_event),
    "ExceptionData": ("exception", _describe_exception),
    "MessageData": ("trace", _describe_trace),
    "MetricData": ("metric", _describe_metric),
    "PageViewData": ("pageview", _describe_event),
    "RemoteDependencyData": ("dependency", _describe_call),
    "RequestData": ("request", _describe_call),
}

KINDS = tuple(sorted(kind for kind, _ in _KINDS.values()))
