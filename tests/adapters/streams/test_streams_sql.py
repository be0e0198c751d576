"""From landed events to those that windows are made of."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.aggregation.columns import COPIES, FILE, INSTANT, LATE, REASON, ROW
from adapters.aggregation.streams_sql import make_parsed
from adapters.landing import land
from domain.pipeline import Pipeline
from domain.pipeline.events import EventsSource
from domain.raw_files import stream_folder
from domain.time_policy import OVERTAKEN, overtaking
from tests.adapters.landing.streams import MINUTE, NOON, SECOND, arrived, event, stream
from tests.streams.memory_lake import MemoryLake
from tests.support.examples import examples

Row = dict[str, Any]
SUM: dict[str, Any] = {"total": {"function": "sum", "column": "value"}}
OVERTAKEN_REASON = "out of order: a later event came before"


def raw(sequence: int, effective_us: int = NOON, **changed: Any) -> Row:
    """A landed event as a raw file has it."""
    return {
        "partition": "3",
        "sequence": sequence,
        "position": 0,
        "enqueued_us": NOON + sequence,
        "event_us": effective_us,
        "effective_us": effective_us,
        "key:device": "a",
        "measure:value": 1.5,
        **changed,
    }


def parsed(pipeline: Pipeline, *files: Sequence[Row]) -> list[Row]:
    """What becomes of the events in some files, by partition and number."""
    return parsed_tables(pipeline, [pa.Table.from_pylist(list(rows)) for rows in files])


def parsed_tables(pipeline: Pipeline, tables: Sequence[pa.Table]) -> list[Row]:
    """The same for files of any schema."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(":memory:") as database:
        paths = [Path(folder) / f"{number}" for number in range(len(tables))]
        for table, path in zip(tables, paths, strict=True):
            pq.write_table(table, path)
        make_parsed(database, pipeline, paths)
        rows: list[Row] = database.sql(f"FROM parsed ORDER BY {FILE}").to_arrow_table().to_pylist()
    return rows


def told(rows: Sequence[Row], column: str) -> list[Any]:
    """A column of ours."""
    return [row[column.strip('"')] for row in rows]


def test_an_event_that_was_delivered_again_is_one() -> None:
    """It is known by partition, number, position and arrival; copies are counted."""
    rows = parsed(
        stream(aggregates=SUM),
        [raw(1), raw(2), raw(1, position=1)],
        [raw(2), raw(1, partition="4")],
        [raw(2), raw(1, enqueued_us=NOON + 99)],
    )
    assert sorted(told(rows, COPIES)) == [0, 0, 0, 0, 2]
    assert sorted(told(rows, FILE)) == [
        *["partition 3, sequence number 1"] * 3,
        "partition 3, sequence number 2",
        "partition 4, sequence number 1",
    ]
    assert set(told(rows, REASON)) == {None}


def test_without_a_file_there_is_nothing() -> None:
    """But all columns."""
    with duckdb.connect(":memory:") as database:
        make_parsed(database, stream(aggregates=SUM), [])
        found = database.sql("FROM parsed")
        assert {"key:device", "measure:value", REASON.strip('"')} <= set(found.columns)
        assert found.fetchall() == []


def test_what_landed_before_the_pipeline_had_a_column_has_no_value_in_it() -> None:
    """A new measure is missing; an event without its key cannot count any more, and tells why."""
    aggregates = SUM | {"wet": {"function": "mean", "column": "humidity"}}
    pipeline = stream({"key": ["device", "site"]}, aggregates=aggregates)
    new: Row = {"key:site": "s", "measure:humidity": 0.5, "measure:gone": 3}
    rows = parsed(pipeline, [raw(1)], [raw(2, **new)])
    assert told(rows, "measure:humidity") == [None, 0.5]
    assert told(rows, "measure:value") == [1.5, 1.5]
    assert told(rows, REASON) == ["key `site` is missing", None]
    assert told(rows, ROW)[0].startswith('{"ts":"2026-01-01 12:00:00')


def test_a_measure_that_had_another_type_is_converted_where_it_can_be() -> None:
    """What is not a number is none; an event without any value does not count."""
    pipeline = stream(aggregates=SUM)
    texts = [raw(1) | {"measure:value": "7"}, raw(2) | {"measure:value": "high"}]
    rows = parsed(pipeline, texts)
    assert told(rows, "measure:value") == [7.0, None]
    assert told(rows, REASON) == [None, "no value in `value`"]
    mixed = parsed(pipeline, texts, [raw(3)])
    assert told(mixed, "measure:value") == [7.0, None, 1.5]
    where = {"function": "count_where", "where": {"column": "value", "op": "==", "value": "1.5"}}
    [row] = parsed(stream(aggregates={"n": where}), [raw(1)])
    assert row["measure:value"] == "1.5"


def test_late_events_are_told() -> None:
    """Those that were older than the tolerance at their arrival."""
    pipeline = stream({"late_arrival": {"tolerance": "5s"}}, aggregates=SUM)
    at = {"enqueued_us": NOON + 5 * SECOND}
    rows = parsed(pipeline, [raw(1, **at), raw(2, NOON - 1, **at)])
    assert told(rows, LATE) == [False, True]


def test_the_documented_example_from_landing_to_counting() -> None:
    """Late by at most 15 s, out of order by at most 5 s: what Stream Analytics' manual counts."""
    pipeline = stream(
        {
            "late_arrival": {"tolerance": "15s"},
            "out_of_order": {"tolerance": "5s"},
            "early_arrival": "5m",
            "score_every": "7s",
        },
        aggregates=SUM,
    )
    times = [("10:00", "10:40"), ("10:30", "10:41"), ("10:42", "10:42")]
    times += [("10:38", "10:43"), ("10:35", "10:45")]
    lake = MemoryLake()
    for number, (sent, taken) in enumerate(times):
        land(lake, pipeline, [arrived(event(clock(sent)), number, clock(taken))], NOON)
    tables = [
        pq.read_table(io.BytesIO(lake.read_bytes(file.path)))
        for file in lake.list(stream_folder(pipeline.name))
    ]
    rows = parsed_tables(pipeline, tables)
    wanted = ["10:25", "10:30", "10:42", "10:38", "10:37"]
    assert told(rows, INSTANT) == list(map(clock, wanted))


def clock(text: str) -> int:
    """Minutes and seconds after noon, such as 10:25."""
    minutes, seconds = text.split(":")
    return NOON + int(minutes) * MINUTE + int(seconds) * SECOND


@settings(max_examples=examples(15), deadline=None)
@given(
    partitions=st.dictionaries(
        st.sampled_from("345"), st.lists(st.integers(-30, 30), min_size=1, max_size=12), min_size=1
    ),
    rule=st.fixed_dictionaries(
        {
            "tolerance": st.integers(0, 12).map(lambda n: f"{n}us"),
            "policy": st.sampled_from(["adjust", "drop"]),
        }
    ),
    shuffled=st.randoms(),
)
def test_the_third_step_of_the_time_policy_is_the_defined_one(
    partitions: Mapping[str, list[int]], rule: dict[str, str], shuffled: Any
) -> None:
    """In the order of each partition, whatever the files are, and however often it lies there."""
    pipeline = stream({"out_of_order": rule}, aggregates=SUM)
    assert isinstance(pipeline.source, EventsSource)
    events: list[Row] = []
    wanted: list[int | str] = []
    for partition, instants in sorted(partitions.items()):
        wanted += overtaking([NOON + us for us in instants], pipeline.source.out_of_order)
        for number, us in enumerate(instants):
            place = {"partition": partition, "position": number % 2, "enqueued_us": NOON}
            value = {"measure:value": float(len(events))}
            events.append(raw(100 + number // 2, NOON + us, **place, **value))
    again = events + shuffled.sample(events, len(events) // 2)
    shuffled.shuffle(again)
    half = -(-len(again) // 2)
    rows = parsed(pipeline, again[:half], again[half:] or again[:1])
    rows.sort(key=lambda row: row["measure:value"])
    assert told(rows, "measure:value") == list(range(len(events)))
    for row, counts_for in zip(rows, wanted, strict=True):
        if counts_for == OVERTAKEN:
            assert told([row], REASON) == [OVERTAKEN_REASON]
        else:
            assert (told([row], INSTANT), told([row], REASON)) == ([counts_for], [None])
