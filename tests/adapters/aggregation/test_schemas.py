"""Long and wide schemas, keys of any type, and columns of any name."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest

from tests.adapters.aggregation.running import NOON, run_csv, run_parquet
from tests.adapters.pipelines import reading_pipeline, type_name

WIDE = {
    "volt": {"function": "mean", "column": "volt"},
    "rotate": {"function": "max", "column": "rotate"},
    "events": {"function": "count"},
    "faults": {"function": "count_where", "where": {"column": "code", "op": "!=", "value": "ok"}},
}


def test_a_wide_schema_may_have_gaps() -> None:
    """Each measure is computed from the values it has; a row without any is no event."""
    found = run_csv(
        reading_pipeline(aggregates=WIDE),
        f"ts,device,volt,rotate,code\n{NOON},a,1,,ok\n{NOON},a,3,7,\n{NOON},a,,,bad\n{NOON},a,,,\n",
    )
    assert found.reasons == ["no value in `code`, `rotate`, `volt`"]
    [window] = found.windows
    assert (window["volt"], window["rotate"], window["events"], window["faults"]) == (2, 7, 3, 1)


def test_a_measure_without_values_is_null() -> None:
    """A window in which a measure has no value at all says null, not zero."""
    found = run_csv(
        reading_pipeline(aggregates=WIDE), f"ts,device,volt,rotate,code\n{NOON},a,1,,\n"
    )
    assert found.column("rotate") == [None]


def test_a_long_schema_has_several_keys() -> None:
    """Every combination of keys is a series of its own."""
    pipeline = reading_pipeline({"key": {"device": "Device", "sensor": "Sensor"}})
    rows = [("a", "x"), ("a", "y"), ("b", "x"), ("a", "x")]
    text = "".join(f"{NOON},{d},{s},{n}\n" for n, (d, s) in enumerate(rows))
    found = run_csv(pipeline, "ts,Device,Sensor,value\n" + text)
    assert [(w["device"], w["sensor"], w["events"]) for w in found.windows] == [
        ("a", "x", 2),
        ("a", "y", 1),
        ("b", "x", 1),
    ]


@pytest.mark.parametrize("key", ["日本 1", "ä́", "O'Brien", 'say "a"', "😀", "a b"])
def test_keys_are_kept_letter_by_letter(key: str) -> None:
    """A key comes out as it went in, whatever script it is in."""
    table = pa.table({"ts": [NOON], "device": [f" {key}  "], "value": [1.0]})
    assert run_parquet(reading_pipeline(), table).column("device") == [key]


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        (pa.array([7], pa.int64()), "7"),
        (pa.array([7], pa.uint8()), "7"),
        (pa.array([7.0], pa.float64()), "7"),
        (pa.array([7.0], pa.float32()), "7"),
        (pa.array([7.25], pa.float64()), "7.25"),
        (pa.array([Decimal("7.50")], pa.decimal128(5, 2)), "7.50"),
        (pa.array([True]), "true"),
        (pa.array(["007"]), "007"),
        (pa.array(["a"]).dictionary_encode(), "a"),
        (pa.array(["a"], pa.large_string()), "a"),
    ],
    ids=type_name,
)
def test_keys_become_text(keys: pa.Array, text: str) -> None:
    """Numbers become text without a decimal point that they do not need."""
    table = pa.table({"ts": [NOON], "device": keys, "value": [1.0]})
    assert run_parquet(reading_pipeline(), table).column("device") == [text]


def test_a_column_with_gaps_has_the_same_keys_as_one_without() -> None:
    """pandas makes whole numbers float where some are missing: they name the same devices."""
    whole = pa.table({"ts": [NOON], "device": [7], "value": [1.0]})
    gaps = pa.table({"ts": [NOON], "device": [7.0], "value": [2.0]})
    assert run_parquet(reading_pipeline(), whole, gaps).column("device") == ["7"]


NAMES = ["t", "file", "owned", "path", "local", "reason", "row", "source", "instant", "raw"]
NAMES += ["Wert (°C)", 'a"b', "it's", "a.b", "select", "{x}", "windrow"]


@pytest.mark.parametrize("place", range(len(NAMES)), ids=NAMES)
def test_source_columns_may_have_any_name(place: int) -> None:
    """No name of a source's column collides with one of ours, as time, key or measure."""
    ts, device, value = names = [NAMES[(place + step) % len(NAMES)] for step in range(3)]
    aggregates = {"mean": {"function": "mean", "column": value}}
    pipeline = reading_pipeline({"timestamp": ts, "key": {"device": device}}, None, aggregates)
    table = pa.table(dict(zip(names, ([NOON], ["a"], [1.0]), strict=True)))
    header = ",".join('"' + name.replace('"', '""') + '"' for name in names)
    for found in (run_parquet(pipeline, table), run_csv(pipeline, f"{header}\n{NOON},a,1\n")):
        assert (found.column("device"), found.column("mean")) == (["a"], [1.0])


def test_aggregates_may_have_any_name_of_sql() -> None:
    """Names that the SQL of windows might use itself are free for aggregates."""
    names = ["t", "instant", "end", "events", "parsed", "count", "order"]
    pipeline = reading_pipeline(
        aggregates={name: {"function": "last", "column": "value"} for name in names}
    )
    [window] = run_csv(pipeline, f"ts,device,value\n{NOON},a,1\n").windows
    assert [window[name] for name in names] == [1.0] * len(names)


@pytest.mark.parametrize(
    ("values", "mean"),
    [
        (pa.array([1, 2], pa.int8()), 1.5),
        (pa.array([Decimal("0.1"), Decimal("0.2")], pa.decimal128(4, 1)), 0.15),
        (pa.array([True, False]), 0.5),
        (pa.array(["1e1", " 2 "]), 6.0),
        (pa.array([1.5, None]), 1.5),
    ],
    ids=type_name,
)
def test_measures_may_be_numbers_or_text(values: pa.Array, mean: float) -> None:
    """Every type of number is one, and so is text that reads as one."""
    table = pa.table({"ts": [NOON, NOON], "device": ["a", "a"], "value": values})
    pipeline = reading_pipeline(aggregates={"mean": {"function": "mean", "column": "value"}})
    assert run_parquet(pipeline, table).column("mean") == [pytest.approx(mean)]
