"""The SQL of windows against the definition in `domain/windows.py`."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.adapters.aggregation.random_events import (
    KINDS,
    bounds_for,
    events_for,
    pipelines,
    table_of,
)
from tests.adapters.aggregation.reference import Event, kept, same, windows_of
from tests.adapters.aggregation.running import (
    EARLY,
    LATE,
    NOON,
    from_parquet,
    run,
    run_csv,
    run_parquet,
)
from tests.adapters.pipelines import MINUTE_US, instant, reading_pipeline
from tests.support.examples import examples

NOON_US = int(instant(NOON).timestamp()) * 1_000_000


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=examples(10), deadline=None)
@given(data=st.data())
def test_windows_are_those_of_the_definition(kind: str, data: st.DataObject) -> None:
    """Every window and every aggregate is what plain Python computes, for any shape and span."""
    pipeline = data.draw(pipelines(kind))
    events = data.draw(events_for(pipeline))
    start, end = data.draw(bounds_for(pipeline, events))
    with tempfile.TemporaryDirectory() as folder:
        found = run(pipeline, from_parquet(pipeline, Path(folder), [table_of(events)]), start, end)

    expected = windows_of(pipeline, events, start, end)
    assert len(found.windows) == len(expected)
    for window, wanted in zip(found.windows, expected, strict=True):
        assert list(window) == list(wanted)
        assert all(map(same, window.values(), wanted.values())), (window, wanted)
    right = getattr(pipeline.windows, "closed", "right") == "right"
    own = [e for e in events if (start < e.us <= end if right else start <= e.us < end)]
    without = [e for e in own if e.value is None and e.note is None]
    assert (found.read, found.quarantined) == (len(own), len(without))
    assert found.duplicates == len(own) - len(without) - len(kept(pipeline, own))


@pytest.mark.parametrize(
    ("closed", "minutes"),
    [("right", [0, 5]), ("left", [5, 10])],
)
def test_boundaries_belong_to_one_window(closed: str, minutes: list[int]) -> None:
    """An event at 12:00 sharp ends the window before it, unless windows are closed on the left."""
    pipeline = reading_pipeline(windows={"kind": "tumbling", "size": "5m", "closed": closed})
    found = run_csv(pipeline, f"ts,device,value\n{NOON},a,1\n2026-01-01T12:05:00Z,a,2\n")
    assert found.column("window_end") == [NOON_US + m * MINUTE_US for m in minutes]
    assert found.column("mean") == [1.0, 2.0]


def test_hopping_windows_hold_an_event_several_times() -> None:
    """An event at 12:00 lies in the windows of an hour that end at 12:00, 12:20 and 12:40."""
    pipeline = reading_pipeline(windows={"kind": "hopping", "size": "1h", "hop": "20m"})
    found = run_csv(pipeline, f"ts,device,value\n{NOON},a,1\n")
    assert found.column("window_end") == [NOON_US + m * MINUTE_US for m in (0, 20, 40)]


def test_long_windows_end_on_mondays() -> None:
    """The grid starts at the zero hour, a Monday, so a week ends at the end of a Sunday."""
    pipeline = reading_pipeline(windows={"kind": "tumbling", "size": "7d"})
    found = run_csv(pipeline, f"ts,device,value\n{NOON},a,1\n")
    assert found.column("window_end") == [int(instant("2026-01-05").timestamp()) * 1_000_000]


def test_a_session_ends_after_its_timeout() -> None:
    """A session starts at its first event; half an hour after the last it ends."""
    pipeline = reading_pipeline(
        windows={"kind": "session", "timeout": "30m", "max_duration": "1d"},
        aggregates={
            "events": {"function": "count"},
            "last": {"function": "last", "column": "value"},
        },
    )
    rows = [(0, "a"), (30, "a"), (59, "b"), (61, "a"), (80, "a")]
    text = "".join(f"2026-01-01T{12 + m // 60}:{m % 60:02}:00Z,{key},{m}\n" for m, key in rows)
    found = run_csv(pipeline, "ts,device,value\n" + text)
    spans = [(w["device"], w["window_start"], w["window_end"], w["events"]) for w in found.windows]
    assert [
        (k, (s - NOON_US) // MINUTE_US, (e - NOON_US) // MINUTE_US, n) for k, s, e, n in spans
    ] == [
        ("a", 0, 60, 2),
        ("a", 61, 110, 2),
        ("b", 59, 89, 1),
    ]
    assert found.column("last") == [30.0, 80.0, 59.0]


def test_many_events_of_one_instant_lie_in_one_session() -> None:
    """Whatever the order that they come in: events that are equal in time are not told apart."""
    pipeline = reading_pipeline(
        {"duplicates": "keep"},
        windows={"kind": "session", "timeout": "5m", "max_duration": "10m"},
        aggregates={"events": {"function": "count"}},
    )
    events = [
        Event(NOON_US + n * 28 % 40 * MINUTE_US, f"d{n % 40:02}", float(n), None)
        for n in range(200)
    ]
    found = run_parquet(pipeline, table_of(events))
    expected = windows_of(pipeline, events, EARLY, LATE)
    assert found.windows == expected


def test_long_activity_is_cut_at_multiples_of_the_maximum() -> None:
    """An hour's maximum: a session from 12:20 on is ended at 14:00, the next ones at every hour."""
    pipeline = reading_pipeline(
        windows={"kind": "session", "timeout": "15m", "max_duration": "1h"},
    )
    minutes = range(20, 241, 10)
    text = "".join(f"2026-01-01T{12 + m // 60}:{m % 60:02}:00Z,a,{m}\n" for m in minutes)
    found = run_csv(pipeline, "ts,device,value\n" + text)
    starts = [(us - NOON_US) // MINUTE_US for us in found.column("window_start")]
    ends = [(us - NOON_US) // MINUTE_US for us in found.column("window_end")]
    assert (starts, ends) == ([20, 120, 180], [120, 180, 240])
    assert found.column("events") == [11, 6, 6]


def test_a_snapshot_holds_what_has_the_same_timestamp() -> None:
    """Three sensors' readings of one instant are a window without length."""
    pipeline = reading_pipeline(windows={"kind": "snapshot"})
    text = f"{NOON},a,1\n{NOON},a,3\n{NOON},b,5\n2026-01-01T12:00:00.000001Z,a,7\n"
    found = run_csv(pipeline, "ts,device,value\n" + text)
    assert found.column("window_start") == found.column("window_end")
    assert found.column("window_end") == [NOON_US, NOON_US + 1, NOON_US]
    assert (found.column("mean"), found.column("events")) == ([2.0, 7.0, 5.0], [2, 1, 1])


def test_windows_come_by_key_and_time() -> None:
    """Windows are sorted by key, then by time, so that a part needs few models."""
    rows = "".join(f"2026-01-01T{hour:02}:00:00Z,{key},1\n" for hour in (9, 3, 6) for key in "cab")
    found = run_csv(reading_pipeline(), "ts,device,value\n" + rows)
    order = [(w["device"], w["window_end"]) for w in found.windows]
    assert order == sorted(order) and len(order) == 9


def test_first_and_last_of_ties_go_by_value() -> None:
    """Among readings of one instant, the smallest is first and the largest last."""
    pipeline = reading_pipeline(
        aggregates={name: {"function": name, "column": "value"} for name in ("first", "last")}
    )
    found = run_csv(pipeline, "ts,device,value\n" + f"{NOON},a,2\n{NOON},a,1\n{NOON},a,3\n")
    assert (found.column("first"), found.column("last")) == ([1.0], [3.0])


def test_the_schema_of_windows_is_fixed() -> None:
    """Keys are text, instants microseconds in UTC, aggregates floats, and counts whole numbers."""
    pipeline = reading_pipeline({"time_zone": "Europe/Berlin"})
    found = run_csv(pipeline, f"ts,device,value\n{NOON},a,1\n")
    assert dict(zip(found.schema.names, map(str, found.schema.types), strict=True)) == {
        "device": "string",
        "window_start": "timestamp[us, tz=UTC]",
        "window_end": "timestamp[us, tz=UTC]",
        "mean": "double",
        "events": "int64",
    }
