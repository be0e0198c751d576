"""Which files a source's path means."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from adapters.lake import Lake
from adapters.source_files import list_files
from domain.pipeline.source import FilesSource
from tests.adapters.pipelines import instant, reading_pipeline

pytestmark = pytest.mark.xdist_group("cloud")


def _source(path: str, **more: Any) -> FilesSource:
    source = reading_pipeline({"path": path, **more}).source
    assert isinstance(source, FilesSource)
    return source


def _put(lake: Lake, folder: str, names: Iterable[str]) -> None:
    for name in names:
        lake.write_json(folder + name, 0)


def _names(lake: Lake, folder: str, source: FilesSource, first: str, last: str) -> list[str]:
    found = list_files(lake, source, instant(first), instant(last))
    return [file.path.removeprefix(folder) for file, _, _ in found]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("a.csv", ["a.csv"]),
        ("*.csv", ["a.csv", "b.csv"]),
        ("?.csv", ["a.csv", "b.csv"]),
        ("*/*.csv", ["x/a.csv", "x/c.csv"]),
        ("**/a.csv", ["a.csv", "x/a.csv", "x/y/a.csv"]),
        ("x/**", ["x/a.csv", "x/c.csv", "x/y/a.csv", "x/y/b.parquet"]),
        ("**/*.parquet", ["x/y/b.parquet"]),
        ("[ab].csv", ["[ab].csv"]),
        ("*.tsv", []),
    ],
)
def test_stars(lake: Lake, folder: str, pattern: str, names: list[str]) -> None:
    """* stands for anything but /, ** for anything, ? for one character; the rest for itself."""
    every = ["a.csv", "b.csv", "[ab].csv", "x/a.csv", "x/c.csv", "x/y/a.csv", "x/y/b.parquet"]
    _put(lake, folder, every)
    if pattern == "*.csv":
        names = ["[ab].csv", *names]
    source = _source(folder + pattern)
    assert _names(lake, folder, source, "2026-01-01", "2026-01-02") == names


def test_empty_files_are_left_out(lake: Lake, folder: str, tmp_path: Any) -> None:
    """A file of no bytes, as some writers leave behind, is no input."""
    (tmp_path / "empty").write_bytes(b"")
    lake.upload(f"{folder}empty.csv", tmp_path / "empty")
    assert _names(lake, folder, _source(f"{folder}*"), "2026-01-01", "2026-01-02") == []


DAYS = [f"{day}/x.csv" for day in ("2025-12-31", "2026-01-01", "2026-01-02", "2026-01-03")]


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        ("2026-01-01", "2026-01-01T23:59:59", [1]),
        ("2026-01-01", "2026-01-02", [1, 2]),
        ("2025-12-31T23:55:00", "2026-01-01T23:00:00", [0, 1]),
        ("2026-01-02T12:00:00", "2026-01-02T12:05:00", [2]),
        ("2026-02-01", "2026-02-02", []),
    ],
)
def test_only_the_days_of_the_span_are_listed(
    lake: Lake, folder: str, first: str, last: str, days: list[int]
) -> None:
    """Both ends count: an event at midnight ends the day before, and lies in the next file."""
    _put(lake, folder, DAYS)
    source = _source(folder + "{yyyy}-{MM}-{dd}/*.csv")
    assert _names(lake, folder, source, first, last) == [DAYS[day] for day in days]


def test_days_are_those_of_the_zone(lake: Lake, folder: str) -> None:
    """A day in New York begins at five in the morning, UTC."""
    _put(lake, folder, DAYS)
    source = _source(folder + "{yyyy}-{MM}-{dd}/*.csv", time_zone="America/New_York")
    assert _names(lake, folder, source, "2026-01-01T04:59", "2026-01-01T04:59") == [DAYS[0]]
    assert _names(lake, folder, source, "2026-01-01T05:00", "2026-01-01T05:00") == [DAYS[1]]


def test_a_path_promises_the_instants_of_its_day(lake: Lake, folder: str) -> None:
    """A dated path tells which instants its files hold, also on a day of 25 hours."""
    _put(lake, folder, ["2026-10-25/x.csv", "x.csv"])
    zone = {"time_zone": "Europe/Berlin"}
    span = instant("2026-10-25"), instant("2026-10-25T12:00")
    [(_, begin, end)] = list_files(lake, _source(folder + "{yyyy}-{MM}-{dd}/*.csv", **zone), *span)
    assert (begin, end) == (instant("2026-10-24T22:00"), instant("2026-10-25T23:00"))
    [(_, begin, end)] = list_files(lake, _source(f"{folder}x.csv"), *span)
    assert (begin, end) == (None, None)


@pytest.mark.parametrize(
    ("zone", "first", "last", "hours"),
    [
        ("UTC", "2026-01-01T01:30", "2026-01-01T03:00", ["01", "02", "03"]),
        ("Europe/Berlin", "2026-01-01T01:30", "2026-01-01T01:45", ["02"]),
        ("Europe/Berlin", "2026-10-25T00:30", "2026-10-25T01:30", ["02"]),
        ("Asia/Kolkata", "2026-01-01T00:00", "2026-01-01T00:29", ["05"]),
    ],
)
def test_hours(lake: Lake, folder: str, zone: str, first: str, last: str, hours: list[str]) -> None:
    """A path with {HH} is listed by the hour, in the zone, also where an hour comes twice."""
    day = first[:10]
    _put(lake, folder, [f"{day}T{hour:02}.csv" for hour in range(24)])
    source = _source(folder + "{yyyy}-{MM}-{dd}T{HH}.csv", time_zone=zone)
    expected = [f"{day}T{hour}.csv" for hour in hours]
    assert _names(lake, folder, source, first, last) == expected


def test_dates_may_stand_anywhere_and_twice(lake: Lake, folder: str) -> None:
    """Fields may be repeated, and stars may stand before and after them."""
    _put(lake, folder, ["a/2026/01/2026-01-02.csv", "b/2026/01/2026-01-02.csv", "b/2026/1/x.csv"])
    source = _source(folder + "*/{yyyy}/{MM}/{yyyy}-{MM}-{dd}.csv")
    assert _names(lake, folder, source, "2026-01-02", "2026-01-02T01:00") == [
        "a/2026/01/2026-01-02.csv",
        "b/2026/01/2026-01-02.csv",
    ]
