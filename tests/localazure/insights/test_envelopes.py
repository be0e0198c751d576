"""Reading the envelopes of the ingestion API."""

from typing import Any

import pytest

from localazure.insights.envelopes import EnvelopeError, parse_envelope


def _envelope(base_type: str, base_data: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "ver": 1,
        "name": "Microsoft.ApplicationInsights.Item",
        "time": "2026-01-02T03:04:05.6Z",
        "tags": {"ai.cloud.role": "windrow", "ai.operation.id": "op1"},
        "data": {"baseType": base_type, "baseData": base_data},
        **more,
    }


def test_an_exception_has_type_message_severity_and_properties() -> None:
    """An exception is named by its type and keeps severity, properties and measurements."""
    item = parse_envelope(
        _envelope(
            "ExceptionData",
            {
                "severityLevel": "Error",
                "exceptions": [{"typeName": "ValueError", "message": "bad window"}],
                "properties": {"run": "r1"},
                "measurements": {"rows": 3.0},
            },
        )
    )
    assert (item.kind, item.name, item.message) == ("exception", "ValueError", "bad window")
    assert item.severity == "error"
    assert item.properties == {"run": "r1", "rows": 3.0}
    assert (item.role, item.operation_id) == ("windrow", "op1")


@pytest.mark.parametrize(
    ("base_type", "base_data", "expected"),
    [
        ("EventData", {"name": "run completed"}, ("event", "run completed", "")),
        ("MessageData", {"message": "hello", "severityLevel": 2}, ("trace", "", "hello")),
        ("MetricData", {"metrics": [{"name": "rows", "value": 0}]}, ("metric", "rows", "0")),
        (
            "RequestData",
            {"name": "GET /", "responseCode": "200", "duration": "0.00:00:01"},
            ("request", "GET /", "200 in 0.00:00:01"),
        ),
        (
            "RemoteDependencyData",
            {"name": "PUT blob", "resultCode": "201", "duration": "0.00:00:02"},
            ("dependency", "PUT blob", "201 in 0.00:00:02"),
        ),
    ],
)
def test_each_kind_has_a_name_and_a_message(
    base_type: str, base_data: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    """Every kind of telemetry is described by the fields that a person looks for."""
    item = parse_envelope(_envelope(base_type, base_data))
    assert (item.kind, item.name, item.message) == expected


def test_a_numeric_severity_is_named() -> None:
    """The API's severity numbers and the exporters' names read the same."""
    item = parse_envelope(_envelope("MessageData", {"message": "m", "severityLevel": 2}))
    assert item.severity == "warning"


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000000+00:00"),
        ("2026-01-02T03:04:05.123456+02:00", "2026-01-02T01:04:05.123456+00:00"),
        ("2026-01-02T03:04:05", "2026-01-02T03:04:05.000000+00:00"),
    ],
)
def test_times_are_utc_and_sort_as_text(time: str, expected: str) -> None:
    """Whatever offset and precision an exporter uses, the kept time has one form."""
    assert parse_envelope(_envelope("EventData", {"name": "e"}, time=time)).time == expected


@pytest.mark.parametrize(
    ("envelope", "message"),
    [
        ("text", "the envelope must be an object; got str"),
        ({}, "data must be an object; got NoneType"),
        (_envelope("EventData", {}, time="yesterday"), "time must be an ISO 8601 time"),
        (_envelope("EventData", {}, data={"baseType": "EventData"}), "data.baseData must be"),
        (_envelope("SurpriseData", {}), "data.baseType must be one of"),
    ],
)
def test_a_bad_envelope_is_refused_by_field(envelope: object, message: str) -> None:
    """The error names the field, the rule and the value."""
    with pytest.raises(EnvelopeError, match=message):
        parse_envelope(envelope)
