"""A batch becomes files in the lake."""

from __future__ import annotations

import gzip
import json
import logging
from collections import Counter
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.lake import Lake
from adapters.landing import Landed, land
from adapters.landing import landing as module
from domain.errors import LakeError
from domain.intervals import interval_of
from domain.raw_files import parse_name
from tests.adapters.landing.streams import (
    HOUR,
    MINUTE,
    NOON,
    RAW,
    SECOND,
    arrived,
    batch,
    event,
    raw_events,
    raw_names,
    rows,
    stream,
)
from tests.adapters.pipelines import reading_pipeline
from tests.support.examples import examples

pytestmark = pytest.mark.xdist_group("cloud")

EVERY = 15 * MINUTE


def told(landed: Landed) -> dict[str, int]:
    """What was touched: the time of the interval's end, and the new events."""
    return {one.interval.label[11:16]: one.events for one in landed.touched}


def quarantine(lake: Lake, name: str) -> dict[str, list[dict[str, Any]]]:
    """The files in the quarantine of a pipeline, by their paths in there."""
    folder = f"quarantine/pipeline={name}/"
    return {file.path.removeprefix(folder): rows(lake, file.path) for file in lake.list(folder)}


def test_events_are_filed_by_interval(lake: Lake) -> None:
    """One file per interval, named by what it holds; an interval includes its end."""
    pipeline = stream({"late_arrival": {"tolerance": "1h"}})
    at = [NOON - 1, NOON + 1, NOON, NOON - 20 * MINUTE]
    landed = land(lake, pipeline, batch(event(us) for us in at), NOON)
    assert told(landed) == {"11-45": 1, "12-00": 2, "12-15": 1}
    assert (landed.events, landed.late, landed.quarantined) == (4, 0, 0)
    ms = (NOON + SECOND) // 1_000
    assert raw_names(lake, pipeline) == [
        f"interval=2026-01-01T11-45-00Z/partition=3/seq=103-103-1-{ms + 3_000}.parquet",
        f"interval=2026-01-01T12-00-00Z/partition=3/seq=100-102-2-{ms}.parquet",
        f"interval=2026-01-01T12-15-00Z/partition=3/seq=101-101-1-{ms + 1_000}.parquet",
    ]
    for name in raw_names(lake, pipeline):
        _, _, inside = name.partition("/")
        file = parse_name(inside)
        assert file is not None
        found = rows(lake, f"raw/pipeline={pipeline.name}/{name}")
        assert list(found[0]) == [*RAW, "key:device", "measure:value"]
        assert (found[0]["sequence"], len(found)) == (file.first, file.events)


def test_a_body_with_many_records_is_many_events(lake: Lake) -> None:
    """Arrays, lines and gzip; the number of events in the name is that of records."""
    pipeline = stream()
    lines = "\n".join(json.dumps(event(device=d)) for d in "cde")
    bodies = [[event(), event(device="b")], gzip.compress(lines.encode())]
    landed = land(lake, pipeline, batch(bodies), NOON)
    assert (landed.events, told(landed)) == (5, {"12-00": 5})
    [name] = raw_names(lake, pipeline)
    assert "/seq=100-101-5-" in name
    ids = [
        (row["sequence"], row["position"], row["key:device"]) for row in raw_events(lake, pipeline)
    ]
    assert ids == [(100, 0, "a"), (100, 1, "b"), (101, 0, "c"), (101, 1, "d"), (101, 2, "e")]


def test_bad_ones_go_into_one_file_of_the_quarantine(lake: Lake) -> None:
    """With reason, place and their own bytes; the good ones among them land."""
    pipeline = stream({"late_arrival": {"policy": "drop"}})
    bodies = [
        event(),
        b"nonsense",
        b'[{"device":"a"}, ' + json.dumps(event()).encode() + b"]",
        event(NOON - 2 * HOUR),
        event(NOON + 9 * MINUTE),
    ]
    landed = land(lake, pipeline, batch(bodies, every_us=0), NOON)
    assert (landed.events, landed.late, landed.quarantined) == (2, 0, 4)
    [(path, found)] = quarantine(lake, pipeline.name).items()
    ms = (NOON + SECOND) // 1_000
    assert path == f"date=2026-01-01/partition=3/seq=101-104-4-{ms}.parquet"
    assert [(row["sequence"], row["position"], row["reason"]) for row in found] == [
        (101, 0, "the event must be JSON: Expecting value: line 1 column 1 (char 0)"),
        (102, 0, "timestamp `ts` is missing"),
        (103, 0, "late by 2h 1s; at most 5s"),
        (104, 0, "`ts` is 8m 59s ahead of its arrival; at most 5m"),
    ]
    assert [row["body"] for row in found[:2]] == [b"nonsense", b'{"device":"a"}']
    assert json.loads(found[2]["body"]) == event(NOON - 2 * HOUR)
    assert list(found[0]) == ["reason", "partition", "sequence", "position", "enqueued_us", "body"]
    assert {row["enqueued_us"] for row in found} == {NOON + SECOND}


def test_a_batch_over_midnight_has_a_quarantine_file_per_day(lake: Lake) -> None:
    """So that an event's arrival tells where it lies, whatever batch brought it."""
    pipeline = stream()
    land(lake, pipeline, batch([b"x", b"y", b"z"], every_us=11 * HOUR), NOON)
    found = quarantine(lake, pipeline.name)
    assert [(path[:15], len(of_day)) for path, of_day in sorted(found.items())] == [
        ("date=2026-01-01", 2),
        ("date=2026-01-02", 1),
    ]


def test_late_events_are_counted(lake: Lake) -> None:
    """Adjusted ones are filed as of their arrival less the tolerance; their own time is kept."""
    pipeline = stream()
    landed = land(lake, pipeline, [arrived(event(NOON - HOUR), enqueued_us=NOON + MINUTE)], NOON)
    assert (landed.events, landed.late, told(landed)) == (1, 1, {"12-15": 1})
    [row] = raw_events(lake, pipeline)
    assert (row["event_us"], row["effective_us"]) == (NOON - HOUR, NOON + MINUTE - 5 * SECOND)


def test_late_events_that_are_rescored_stay_where_they_are(lake: Lake) -> None:
    """In their own interval, which is touched."""
    pipeline = stream({"late_arrival": {"policy": "rescore"}})
    landed = land(lake, pipeline, [arrived(event(NOON - HOUR))], NOON)
    assert (landed.events, landed.late, told(landed)) == (1, 1, {"11-00": 1})


def test_windows_that_reach_further_touch_more(lake: Lake) -> None:
    """Intervals in which nothing was filed have no new events."""
    pipeline = stream(windows={"kind": "hopping", "size": "30m", "hop": "5m"})
    landed = land(lake, pipeline, [arrived(event(NOON - SECOND))], NOON)
    assert told(landed) == {"12-00": 1, "12-15": 0, "12-30": 0}


def test_an_empty_batch_is_nothing(lake: Lake) -> None:
    """Neither is one whose bodies are empty arrays."""
    pipeline = stream()
    assert land(lake, pipeline, [], NOON) == Landed((), 0, 0, 0)
    assert land(lake, pipeline, [arrived([])], NOON) == Landed((), 0, 0, 0)
    assert raw_names(lake, pipeline) == [] and quarantine(lake, pipeline.name) == {}


def test_landing_twice_is_landing_once(lake: Lake) -> None:
    """The same batch again writes the same files."""
    pipeline = stream()
    bodies = [event(), b"x", event(NOON + MINUTE), [event(), {}]]
    first = land(lake, pipeline, batch(bodies), NOON)
    names, bad = raw_names(lake, pipeline), quarantine(lake, pipeline.name)
    assert land(lake, pipeline, batch(bodies), NOON) == first
    assert (raw_names(lake, pipeline), quarantine(lake, pipeline.name)) == (names, bad)


@settings(
    max_examples=examples(7),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    apart=st.lists(st.integers(-20 * MINUTE, 6 * MINUTE), min_size=2, max_size=12),
    cut=st.integers(1, 11),
    again=st.integers(0, 11),
)
def test_other_boundaries_bring_the_same_events(
    lake: Lake, apart: list[int], cut: int, again: int
) -> None:
    """Whatever is delivered again and however it is cut: the same events, with equal content."""
    whole, parts = stream(), stream()
    messages = batch([[event(NOON + us), event(device="b"), {}] for us in apart])
    land(lake, whole, messages, NOON)
    for some in (messages[:cut], messages[min(cut, again) :], messages):
        land(lake, parts, some, NOON)
    expected = Counter(tuple(row.items()) for row in raw_events(lake, whole))
    found = Counter(tuple(row.items()) for row in raw_events(lake, parts))
    assert set(found) == set(expected)
    assert set(expected.values()) == {1}
    for row in raw_events(lake, whole):
        assert row["effective_us"] <= interval_of(row["effective_us"], EVERY).end_us


def test_whatever_goes_wrong_the_batch_is_kept(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """All of it goes into the quarantine with the error's first line; the log has the traceback."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError("nobody\nthought of this")

    pipeline = stream()
    monkeypatch.setattr(module, "check", broken)
    with caplog.at_level(logging.ERROR):
        landed = land(lake, pipeline, batch([event(), [event(), event()]]), NOON)
    assert landed == Landed((), 0, 0, 2)
    [found] = quarantine(lake, pipeline.name).values()
    assert {row["reason"] for row in found} == {"ZeroDivisionError: nobody"}
    assert [json.loads(row["body"]) for row in found] == [event(), [event(), event()]]
    assert "sequence numbers 100 to 101" in caplog.text and "thought of this" in caplog.text


def test_a_table_that_cannot_be_written_is_kept_as_well(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not only decoding may go wrong."""

    def broken(*_: object) -> None:
        raise pa.ArrowInvalid("no")

    pipeline = stream()
    monkeypatch.setattr(module, "raw_file", broken)
    assert land(lake, pipeline, batch([event()]), NOON).quarantined == 1
    assert raw_names(lake, pipeline) == []


def test_a_lake_that_is_not_there_raises(lake: Lake) -> None:
    """The one thing that may: whoever called must not count the batch as done."""
    from azure.identity import DefaultAzureCredential

    uri = lake._client.url.rsplit("/", 1)[0]
    with DefaultAzureCredential() as credential:
        elsewhere = Lake(uri, "nowhere", credential)
        with pytest.raises(LakeError, match="ContainerNotFound"):
            land(elsewhere, stream(), batch([event(), event(NOON + MINUTE), b"x"]), NOON)


def test_a_pipeline_without_a_stream_is_a_mistake(lake: Lake) -> None:
    """Whoever calls has to know."""
    with pytest.raises(TypeError, match="has no stream but files"):
        land(lake, reading_pipeline(), batch([event()]), NOON)
