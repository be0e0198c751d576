"""Ready-made windows: checked as events are, and then taken as they stand."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from domain.pipeline import Pipeline
from domain.windows import to_us
from tests.adapters.aggregation.running import (
    LATE,
    NOON,
    Outcome,
    from_parquet,
    run,
    run_csv,
    run_parquet,
)
from tests.adapters.pipelines import MINUTE_US, instant, reading_pipeline, type_name

NOON_US = to_us(instant(NOON))
HEADER = "window_end,Device,mean,events\n"
AGGREGATES = {
    "mean": {"function": "mean", "column": "any column of theirs"},
    "events": {"function": "count"},
}


def ready(
    windows: dict[str, Any] | None = None,
    aggregates: dict[str, Any] | None = None,
    **source: Any,
) -> Pipeline:
    """A pipeline over ready-made windows of five minutes."""
    kind = {"kind": "windows", "timestamp": "window_end", "key": {"device": "Device"}}
    return reading_pipeline(kind | source, windows, aggregates or AGGREGATES)


def minute(number: int) -> str:
    """A minute after noon, as text."""
    return f"2026-01-01T12:{number:02}:00Z"


def rows_of(found: Outcome) -> list[tuple[Any, ...]]:
    """The windows as rows: key, start and end in minutes after noon, features."""
    return [
        (key, (start - NOON_US) // MINUTE_US, (end - NOON_US) // MINUTE_US, *features)
        for key, start, end, *features in (window.values() for window in found.windows)
    ]


def test_windows_are_taken_as_they_stand() -> None:
    """Keys, the end, and features under the aggregates' names; sorted by key and time."""
    text = f"{minute(10)},b,2.5,7\n{minute(10)},a,1.5,3\n{minute(5)},b,,0\n{minute(5)},a,4,\n"
    found = run_csv(ready(), HEADER + text)
    assert rows_of(found) == [
        ("a", 0, 5, 4.0, None),
        ("a", 5, 10, 1.5, 3),
        ("b", 0, 5, None, 0),
        ("b", 5, 10, 2.5, 7),
    ]
    assert (found.read, found.quarantined, found.duplicates) == (4, 0, 0)


def test_the_schema_is_that_of_aggregated_windows() -> None:
    """What follows cannot tell who has aggregated."""
    aggregates = {**AGGREGATES, "high": {"function": "quantile", "column": "value", "q": 0.9}}
    made = run_csv(ready(aggregates=aggregates), HEADER.replace("\n", ",high\n"))
    computed = run_csv(
        reading_pipeline(
            aggregates={**aggregates, "mean": {"function": "mean", "column": "value"}}
        ),
        f"ts,device,value\n{NOON},a,1\n",
    )
    assert made.schema == computed.schema


@pytest.mark.parametrize(
    ("windows", "start"),
    [
        ({"kind": "hopping", "size": "1h", "hop": "5m"}, -60),
        ({"kind": "tumbling", "size": "1m", "closed": "left"}, -1),
        ({"kind": "session", "timeout": "1m", "max_duration": "1h"}, 0),
        ({"kind": "snapshot"}, 0),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_a_window_starts_its_size_before_its_end(windows: dict[str, Any], start: int) -> None:
    """On a grid; without one it starts at its end, unless the files tell."""
    found = run_csv(ready(windows), f"{HEADER}{NOON},a,1,2\n")
    assert rows_of(found) == [("a", start, 0, 1.0, 2)]


@pytest.mark.parametrize("closed", ["right", "left"])
def test_windows_are_taken_whose_end_lies_in_the_slice(closed: str, tmp_path: Path) -> None:
    """After the start and up to the end, also of windows that are closed on the left."""
    pipeline = ready({"kind": "hopping", "size": "1h", "hop": "5m", "closed": closed})
    table = pa.table(
        {
            "window_end": pa.array([instant(minute(n)) for n in (0, 5, 10, 15)]),
            "Device": ["a"] * 4,
            "mean": [0.0, 5.0, 10.0, 15.0],
            "events": [1] * 4,
        }
    )
    load = from_parquet(pipeline, tmp_path, [table])
    cuts = [NOON_US, NOON_US + 10 * MINUTE_US, LATE]
    slices = [run(pipeline, load, start, end) for start, end in pairwise(cuts)]
    assert [found.column("mean") for found in slices] == [[5.0, 10.0], [15.0]]
    assert [found.read for found in slices] == [2, 1]


@pytest.mark.parametrize("duplicates", ["drop", "keep"])
def test_equal_rows_count_once(duplicates: str) -> None:
    """A window that was delivered again is one window, whatever the source does with duplicates."""
    row = f"{NOON},a,1.0,2\n"
    found = run_csv(ready(duplicates=duplicates), HEADER + row + row.replace("1.0", " 1") + row)
    assert rows_of(found) == [("a", -5, 0, 1.0, 2)]
    assert (found.read, found.duplicates, found.quarantined) == (3, 2, 0)


def test_of_rows_that_contradict_each_other_one_is_kept() -> None:
    """The same one in whichever order and files they come; the others are quarantined."""
    rows = [f"{NOON},a,2,5\n", f"{NOON},a,,5\n", f"{NOON},a,2,4\n", f"{NOON},a,2,4\n"]
    others = [f"{minute(5)},a,9,9\n", f"{NOON},b,9,9\n"]
    for order in itertools.permutations(rows):
        found = run_csv(ready(), HEADER + "".join([*order, *others]))
        assert rows_of(found) == [("a", -5, 0, 2.0, 4), ("a", 0, 5, 9.0, 9), ("b", -5, 0, 9.0, 9)]
        assert found.reasons == ["another row has the same key and window_end"] * 2
        assert (found.read, found.quarantined, found.duplicates) == (6, 2, 1)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",a,1,2", "timestamp `window_end` is missing"),
        ("noon,a,1,2", "timestamp `window_end` must be an instant; got noon"),
        (f"{NOON},,1,2", "key `Device` is missing"),
        (f"{NOON},a,one,2", "`mean` must be a number; got one"),
        (f"{NOON},a,inf,2", "`mean` must be finite; got inf"),
        (f"{NOON},a,1,2.5", "`events` must be a whole number; got 2.5"),
        (f"{NOON},a,1,1e30", "`events` must be a whole number; got 1e30"),
    ],
)
def test_rows_that_break_rules_are_quarantined(row: str, reason: str) -> None:
    """With the rule and the row, as events are; the others are scored."""
    found = run_csv(ready(), f"{HEADER}{row}\n{NOON},good,1,2.0\n")
    assert (found.column("device"), found.column("events")) == (["good"], [2])
    assert found.reasons == [reason]
    assert (found.read, found.quarantined) == (2, 1)


def test_a_bad_row_takes_no_good_one_along() -> None:
    """A row that breaks a rule is no other row with the same key and end."""
    found = run_csv(ready(), f"{HEADER}{NOON},a,one,2\n{NOON},a,,2\n{NOON},a,1,x\n")
    assert rows_of(found) == [("a", -5, 0, None, 2)]
    assert found.reasons == ["`events` must be a number; got x", "`mean` must be a number; got one"]


def test_a_window_may_have_no_feature_at_all() -> None:
    """The deviation of a single value is missing, and the window is one all the same."""
    pipeline = ready(aggregates={"std": {"function": "std", "column": "value"}})
    found = run_csv(pipeline, f"window_end,Device,std\n{NOON},a,\n")
    assert (found.column("std"), found.quarantined) == ([None], 0)


@pytest.mark.parametrize(
    ("means", "events"),
    [
        (pa.array([1.5]), pa.array([2], pa.uint8())),
        (pa.array([1.5], pa.float32()), pa.array([2.0])),
        (pa.array(["1.5"]), pa.array(["2"])),
        (pa.array([1.5]).cast(pa.decimal128(5, 2)), pa.array([2], pa.int64())),
    ],
    ids=type_name,
)
def test_features_may_be_numbers_of_any_type(means: pa.Array, events: pa.Array) -> None:
    """Or text that reads as one."""
    ends = pa.array([instant(NOON)], pa.timestamp("us", "UTC"))
    table = pa.table({"Device": ["a"], "window_end": ends, "mean": means, "events": events})
    assert rows_of(run_parquet(ready(), table)) == [("a", -5, 0, 1.5, 2)]


def test_nothing_else_is_read() -> None:
    """Columns that aggregates would look at are not asked for; those of the aggregates are."""
    assert ready().source_columns == ["window_end", "Device", "events", "mean"]
    pipeline = ready({"kind": "hopping", "size": "1h", "hop": "5m"})
    assert (pipeline.reach_us, pipeline.lookback.total_seconds()) == (0, 0)
    names: Sequence[str] = run_csv(pipeline, HEADER).schema.names
    assert names == ["device", "window_start", "window_end", "mean", "events"]
