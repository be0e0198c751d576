"""Avro container files as bodies."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import fastavro
import pytest

from adapters.landing import bodies
from adapters.landing.bodies import records

FIELDS = [
    {"name": "ts", "type": {"type": "long", "logicalType": "timestamp-micros"}},
    {"name": "device", "type": "int"},
    {"name": "value", "type": ["null", "double"]},
    {"name": "day", "type": {"type": "int", "logicalType": "date"}},
    {
        "name": "price",
        "type": {"type": "bytes", "logicalType": "decimal", "precision": 6, "scale": 2},
    },
    {"name": "code", "type": "bytes"},
    {"name": "inner", "type": {"type": "map", "values": "string"}},
]
RECORD = {
    "ts": datetime(2026, 1, 1, 12, 0, 0, 250_000, tzinfo=UTC),
    "device": 7,
    "value": 20.5,
    "day": date(2026, 1, 1),
    "price": Decimal("1.50"),
    "code": b"ok",
    "inner": {"unit": "°C"},
}
READ = {
    "ts": "2026-01-01T12:00:00.250000+00:00",
    "device": 7,
    "value": 20.5,
    "day": "2026-01-01",
    "price": "1.50",
    "code": "ok",
    "inner": {"unit": "°C"},
}


def container(found: list[dict[str, Any]], codec: str = "null") -> bytes:
    """An Avro container file."""
    schema = fastavro.parse_schema({"type": "record", "name": "Event", "fields": FIELDS})
    file = io.BytesIO()
    fastavro.writer(file, schema, found, codec=codec)
    return file.getvalue()


@pytest.mark.parametrize("codec", ["null", "deflate"])
def test_records_are_read_as_json_would_have_them(codec: str) -> None:
    """Instants as ISO 8601, decimals and bytes as text; each record has its own bytes, as JSON."""
    body = container([RECORD, {**RECORD, "value": None}], codec)
    found = records(body)
    assert [record.value for record in found] == [READ, {**READ, "value": None}]
    assert [records(record.raw)[0].value for record in found] == [r.value for r in found]


def test_a_damaged_file_is_put_away_whole() -> None:
    """Cut anywhere, it never raises, and never gives half of a record."""
    body = container([RECORD] * 3, "deflate")
    for end in range(4, len(body)):
        found = records(body[:end])
        assert [record.value for record in found] in ([None], [], [READ] * 3)
        assert all(r.raw == body[:end] for r in found if r.value is None)
    assert records(body[:-20])[0].value is None


@pytest.mark.parametrize("codec", ["null", "deflate"])
def test_sizes_are_bounded(monkeypatch: pytest.MonkeyPatch, codec: str) -> None:
    """Before any record is read."""
    body = container([{**RECORD, "code": b" " * 100_000}] * 3, codec)
    monkeypatch.setattr(bodies, "LONGEST_BODY", 100_000)
    [record] = records(body)
    assert record.reason == "the body must unfold to at most 100000 bytes"
    monkeypatch.setattr(bodies, "LONGEST_BODY", 1_000_000)
    monkeypatch.setattr(bodies, "MOST_RECORDS", 2)
    [record] = records(body)
    assert record.reason == "the body must have at most 2 records"


def test_other_codecs_are_named() -> None:
    """What cannot be unfolded within bounds is refused."""
    [record] = records(container([RECORD], "bzip2"))
    assert record.reason == "the body must be Avro with codec null or deflate; got bzip2"
