"""Which instant a timestamp means: zones, offsets, units, dates, nanoseconds."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pytest

from domain.windows import from_us
from tests.adapters.aggregation.running import run_csv, run_parquet
from tests.adapters.pipelines import instant, reading_pipeline

SHORTEST = {"kind": "tumbling", "size": "1us"}
"""Windows so short that their ends are the instants themselves."""


def _instants(source: dict[str, Any], *texts: str) -> list[datetime]:
    rows = "".join(f'"{text}",a{place},1\n' for place, text in enumerate(texts))
    found = run_csv(reading_pipeline(source, SHORTEST), "ts,device,value\n" + rows)
    assert found.quarantined == 0, found.reasons
    return [from_us(us) for us in found.column("window_end")]


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("2026-01-01 00:30:00", "2025-12-31T23:30:00"),
        ("2026-07-01T00:30:00", "2026-06-30T22:30:00"),
        ("2026-03-29 01:59:59.999999", "2026-03-29T00:59:59.999999"),
        ("2026-03-29 03:00:00", "2026-03-29T01:00:00"),
        ("2026-10-25 01:59:59", "2026-10-24T23:59:59"),
        ("2026-10-25 02:30:00", "2026-10-25T01:30:00"),
        ("2026-10-25 03:00:00", "2026-10-25T02:00:00"),
        ("2026-01-01T00:30:00Z", "2026-01-01T00:30:00"),
        ("2026-10-25 02:30:00+02:00", "2026-10-25T00:30:00"),
    ],
)
def test_local_times_are_the_zones(local: str, utc: str) -> None:
    """A time without an offset is the zone's, also where its clocks change; else the offset is."""
    assert _instants({"time_zone": "Europe/Berlin"}, local) == [instant(utc)]


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-01-01T12:00:00+05:30", "2026-01-01T06:30:00"),
        ("2026-01-01T12:00:00-0800", "2026-01-01T20:00:00"),
        ("2026-01-01 12:00", "2026-01-01T12:00:00"),
        ("2026-01-01", "2026-01-01T00:00:00"),
        ("2026-01-01T12:00:00.123456Z", "2026-01-01T12:00:00.123456"),
        ("1960-02-29T23:59:59.5Z", "1960-02-29T23:59:59.5"),
        (" 2026-01-01T12:00:00Z ", "2026-01-01T12:00:00"),
    ],
)
def test_text_is_read_as_iso_8601(text: str, utc: str) -> None:
    """Offsets, fractions, dates alone, and instants before 1970 are exact."""
    assert _instants({}, text) == [instant(utc)]


@pytest.mark.parametrize(
    ("unit", "number", "utc"),
    [
        ("s", "1767268800", "2026-01-01T12:00:00"),
        ("s", "1767268800.25", "2026-01-01T12:00:00.25"),
        ("s", "-1.5", "1969-12-31T23:59:58.5"),
        ("ms", "1767268800001", "2026-01-01T12:00:00.001"),
        ("us", "1767268800000001", "2026-01-01T12:00:00.000001"),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
def test_numbers_count_from_1970_in_utc(unit: str, number: str, utc: str, zone: str) -> None:
    """A number with a unit is an instant, whatever the zone; its fraction counts."""
    source = {"timestamp_unit": unit, "time_zone": zone}
    assert _instants(source, number) == [instant(utc)]
    typed = float(number) if "." in number else int(number)
    table = pa.table({"ts": [typed], "device": ["a"], "value": [1.0]})
    found = run_parquet(reading_pipeline(source, SHORTEST), table)
    assert [from_us(us) for us in found.column("window_end")] == [instant(utc)]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize(
    ("zone_of_file", "zone_of_source", "utc"),
    [
        (None, "UTC", "2026-07-01T12:00:00"),
        (None, "Europe/Berlin", "2026-07-01T10:00:00"),
        ("UTC", "UTC", "2026-07-01T12:00:00"),
        ("UTC", "Europe/Berlin", "2026-07-01T12:00:00"),
        ("America/New_York", "UTC", "2026-07-01T12:00:00"),
    ],
)
def test_parquet_timestamps_of_every_unit(
    unit: str, zone_of_file: str | None, zone_of_source: str, utc: str
) -> None:
    """The file's zone counts where it tells one, otherwise the source's."""
    value = datetime(2026, 7, 1, 12)  # noqa: DTZ001 (local on purpose)
    stamps = pa.array([value], pa.timestamp("us")).cast(pa.timestamp(unit))
    if zone_of_file:
        stamps = stamps.view(pa.int64()).cast(pa.timestamp(unit, zone_of_file))
    table = pa.table({"ts": stamps, "device": ["a"], "value": [1.0]})
    found = run_parquet(reading_pipeline({"time_zone": zone_of_source}, SHORTEST), table)
    assert [from_us(us) for us in found.column("window_end")] == [instant(utc)]


def test_dates_are_midnight_in_the_zone() -> None:
    """A DATE column means the first instant of the day in the source's zone."""
    table = pa.table({"ts": [date(2026, 7, 1)], "device": ["a"], "value": [1.0]})
    found = run_parquet(reading_pipeline({"time_zone": "Europe/Berlin"}, SHORTEST), table)
    assert [from_us(us) for us in found.column("window_end")] == [instant("2026-06-30T22:00:00")]


def test_zones_may_be_anywhere() -> None:
    """Zones of half hours, and names that were given up, are known."""
    for zone, utc in {
        "Asia/Kolkata": "2026-01-01T06:30:00",
        "Pacific/Chatham": "2025-12-31T22:15:00",
        "America/Buenos_Aires": "2026-01-01T15:00:00",
        "Etc/GMT+12": "2026-01-02T00:00:00",
    }.items():
        assert _instants({"time_zone": zone}, "2026-01-01T12:00:00") == [instant(utc)]
