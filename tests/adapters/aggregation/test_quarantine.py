"""Events that break a rule go into the quarantine, with the rule and the row."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest

from tests.adapters.aggregation.running import NOON, run_csv, run_parquet
from tests.adapters.pipelines import reading_pipeline

LONG = "k" * 201


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",a,1", "timestamp `ts` is missing"),
        ("noon,a,1", "timestamp `ts` must be an instant; got noon"),
        ("2026-02-30,a,1", "timestamp `ts` must be an instant; got 2026-02-30"),
        ("infinity,a,1", "timestamp `ts` must be an instant; got infinity"),
        ("12000-01-01,a,1", "timestamp `ts` must be an instant; got 12000-01-01"),
        (f"{NOON},,1", "key `device` is missing"),
        (f"{NOON},   ,1", "key `device` is missing"),
        (f"{NOON},{LONG},1", "key `device` must have at most 200 characters"),
        (f"{NOON},a,one", "`value` must be a number; got one"),
        (f'{NOON},a,"1,5"', "`value` must be a number; got 1,5"),
        (f"{NOON},a,nan", "`value` must be finite; got nan"),
        (f"{NOON},a,-inf", "`value` must be finite; got -inf"),
        (f"{NOON},a,1e400", "`value` must be finite; got 1e400"),
        (f"{NOON},a,", "no value in `value`"),
        (f"{NOON},a,  ", "no value in `value`"),
    ],
)
def test_each_rule_says_what_it_wants(row: str, reason: str) -> None:
    """The reason names the rule, the column and the value; the row is kept as JSON."""
    found = run_csv(reading_pipeline(), f"ts,device,value\n{row}\n{NOON},good,1\n")
    assert (found.read, found.quarantined, found.column("device")) == (2, 1, ["good"])
    [bad] = found.bad
    if "1e400" in row:
        assert bad["reason"].startswith("`value` must be ")
    else:
        assert bad["reason"] == reason
    assert bad["file"] == "raw/a.csv"
    kept = json.loads(bad["row"])
    assert list(kept) == ["ts", "device", "value"]
    assert all(text is None or text in row for text in kept.values())


@pytest.mark.parametrize(
    "number", ["1e31", "9" * 32, "-1e30", "nan", "inf", "1e400", "", "noon", "253402300800"]
)
def test_a_number_that_is_no_instant(number: str) -> None:
    """A number beyond the year 9999, or none at all, is no timestamp."""
    pipeline = reading_pipeline({"timestamp_unit": "s"})
    found = run_csv(pipeline, f"ts,device,value\n{number},a,1\n0,a,1\n")
    assert (found.read, found.quarantined) == (2, 1)
    assert found.reasons[0].startswith("timestamp `ts` ")


def test_typed_columns_are_checked_as_well() -> None:
    """NaN, infinities and nulls of a parquet file break the same rules as text."""
    table = pa.table(
        {
            "ts": [NOON] * 5,
            "device": ["a", "a", "a", None, "a"],
            "value": [float("nan"), float("inf"), None, 1.0, 1.0],
        }
    )
    assert run_parquet(reading_pipeline(), table).reasons == [
        "`value` must be finite; got inf",
        "`value` must be finite; got nan",
        "key `device` is missing",
        "no value in `value`",
    ]


def test_the_first_broken_rule_is_told() -> None:
    """A row that breaks several rules is quarantined once."""
    found = run_csv(reading_pipeline(), "ts,device,value\nnever,,x\n")
    assert found.reasons == ["timestamp `ts` must be an instant; got never"]


def test_a_column_of_nothing_but_nulls_is_quarantined_as_such() -> None:
    """pandas writes a column without values as type null: its rows have no value."""
    table = pa.table({"ts": [NOON], "device": ["a"], "value": pa.nulls(1)})
    assert run_parquet(reading_pipeline(), table).reasons == ["no value in `value`"]


def test_events_may_have_no_measure_at_all() -> None:
    """A pipeline that only counts events asks for a timestamp and a key, nothing else."""
    pipeline = reading_pipeline(aggregates={"events": {"function": "count"}})
    assert run_csv(pipeline, f"ts,device\n{NOON},a\n").column("events") == [1]
