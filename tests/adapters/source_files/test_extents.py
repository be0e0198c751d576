"""A piece never claims less time than its rows have: no row is lost to a statistic."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.lake import LakeFile
from adapters.source_files.footers import parquet_pieces
from domain.slices import ALWAYS_US, Piece
from domain.windows import to_us
from tests.adapters.aggregation.running import run_parquet
from tests.adapters.pipelines import instant, reading_pipeline
from tests.support.examples import examples

SHORTEST = {"kind": "tumbling", "size": "1us"}
"""Windows so short that their ends are the instants themselves."""


class OneFile:
    """As much of a lake as looking at one file takes."""

    def __init__(self, table: pa.Table, **options: Any) -> None:
        self._buffer = io.BytesIO()
        pq.write_table(table, self._buffer, **options)

    def open_ranges(self, _: LakeFile) -> io.BytesIO:
        """The file."""
        return io.BytesIO(self._buffer.getvalue())


def _table(stamps: pa.Array) -> pa.Table:
    return pa.table({"ts": stamps, "device": ["a"] * len(stamps), "value": [1.0] * len(stamps)})


def _pieces(table: pa.Table, source: dict[str, Any], **options: Any) -> list[Piece]:
    lake: Any = OneFile(table, **options)
    return parquet_pieces(lake, LakeFile("a.parquet", 1), reading_pipeline(source))


def _covers(stamps: pa.Array, source: dict[str, Any]) -> Piece:
    """The file's one piece, after a proof that it covers what the aggregation reads."""
    [piece] = _pieces(_table(stamps), source)
    read = run_parquet(reading_pipeline(source, SHORTEST), _table(stamps)).column("window_end")
    assert piece.first_us <= min(read) and max(read) <= piece.last_us
    return piece


BERLIN = {"time_zone": "Europe/Berlin"}
SPRING, AUTUMN = datetime(2026, 3, 29), datetime(2026, 10, 25)  # noqa: DTZ001 (local on purpose)


@settings(max_examples=examples(10), deadline=None)
@given(
    day=st.sampled_from([SPRING, AUTUMN]),
    minutes=st.lists(st.integers(0, 300), min_size=1, max_size=5),
)
@example(SPRING, [150, 180])
@example(AUTUMN, [150])
def test_local_times_around_a_change_of_clocks(day: datetime, minutes: list[int]) -> None:
    """Where local times jump or come twice, the piece covers every instant that they may mean."""
    stamps = [day + timedelta(minutes=m) for m in minutes]
    piece = _covers(pa.array(stamps, pa.timestamp("us")), BERLIN)
    assert piece.last_us - piece.first_us <= (max(minutes) - min(minutes) + 60) * 60_000_000


def test_local_times_of_other_days_are_exact() -> None:
    """Far from a change of clocks, a piece claims no more than it has."""
    stamp = datetime(2026, 7, 1, 12)  # noqa: DTZ001 (local on purpose)
    piece = _covers(pa.array([stamp], pa.timestamp("us")), BERLIN)
    exact = to_us(stamp.replace(tzinfo=ZoneInfo("Europe/Berlin")))
    assert (piece.first_us, piece.last_us) == (exact, exact)


@settings(max_examples=examples(10), deadline=None)
@given(
    nanoseconds=st.lists(st.integers(-(10**10), 10**10), min_size=1, max_size=5),
    zone=st.sampled_from([None, "UTC"]),
)
@example([1501], None)
@example([-1], "UTC")
def test_nanoseconds_are_rounded_either_way(nanoseconds: list[int], zone: str | None) -> None:
    """Events are rounded to microseconds; the piece covers what they become."""
    _covers(pa.array(nanoseconds, pa.timestamp("ns", zone)), {})


@settings(max_examples=examples(10), deadline=None)
@given(
    numbers=st.lists(st.floats(-1e9, 2e9), min_size=1, max_size=5),
    unit=st.sampled_from(["s", "ms"]),
)
def test_floats_are_rounded_either_way(numbers: list[float], unit: str) -> None:
    """A float's last digits do not move an event out of its piece."""
    _covers(pa.array(numbers, pa.float64()), {"timestamp_unit": unit})


@pytest.mark.parametrize(
    ("stamps", "source"),
    [
        (pa.array([8 * 10**18], pa.timestamp("us")), {}),
        (pa.array([float("inf"), 1.0]), {"timestamp_unit": "s"}),
        (pa.array(["2026-01-01"]), {}),
        (pa.nulls(1, pa.timestamp("us")), {}),
    ],
    ids=["year 255,000", "infinity", "text", "nulls alone"],
)
def test_statistics_that_say_nothing(stamps: pa.Array, source: dict[str, Any]) -> None:
    """A piece without a statistic that is an instant may hold any time."""
    [piece] = _pieces(_table(stamps), source)
    assert (piece.first_us, piece.last_us) == ALWAYS_US


def test_dates_and_row_groups() -> None:
    """Every row group is a piece with its own times; dates are midnight in the zone."""
    days = [date(2026, 1, day) for day in (1, 2, 3, 4)]
    pieces = _pieces(_table(pa.array(days)), {}, row_group_size=2)
    assert [(p.row_group, p.rows) for p in pieces] == [(0, 2), (1, 2)]
    assert [(p.first_us, p.last_us) for p in pieces] == [
        (to_us(instant("2026-01-01")), to_us(instant("2026-01-02"))),
        (to_us(instant("2026-01-03")), to_us(instant("2026-01-04"))),
    ]


def test_nested_columns_do_not_shift_the_statistics() -> None:
    """The timestamp's statistic is found behind columns that have several leaves."""
    table = pa.table({"more": [{"a": 1, "b": 2}]})
    stamps = _table(pa.array([7], pa.timestamp("us", "UTC")))
    for name in stamps.column_names:
        table = table.append_column(name, stamps[name])
    [piece] = _pieces(table, {})
    assert (piece.first_us, piece.last_us) == (7, 7)
