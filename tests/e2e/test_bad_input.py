"""Input that breaks rules: a clear message, and no row lost or doubled."""

from __future__ import annotations

import gzip
import io
import sqlite3
from contextlib import closing
from datetime import timedelta

import pandas as pd
import pyarrow.parquet as pq
import pytest

from tests.e2e.world import START, World, readings

pytestmark = pytest.mark.xdist_group("e2e")


def test_a_missing_column_fails_the_run_before_anything_is_computed(world: World) -> None:
    """Every file that lacks a column is named, with the columns that it has."""
    world.put("raw/missing/good.parquet", readings("a"))
    world.put("raw/missing/one.parquet", readings("a").drop(columns="value"))
    world.put("raw/missing/two.parquet", readings("a").rename(columns={"device": "Device"}))

    run = world.ended(world.start("devices", revision=11, input="raw/missing/*.parquet"))

    assert run["status"] == "Failed"
    assert "one.parquet: missing column 'value'; has 'ts', 'device'" in run["error"]
    assert "two.parquet: missing column 'device'; has 'ts', 'Device', 'value'" in run["error"]
    assert run["counts"].get("windows") is None
    assert world.scores("devices_scores", run["run_id"]) == []


def test_values_of_a_wrong_type_are_quarantined_with_their_reason(world: World) -> None:
    """Readings that are no numbers go aside; the others are scored."""
    frame = readings("typed").astype({"value": object})
    frame.loc[3, "value"] = "twelve"
    frame.loc[4, "value"] = "NaN"
    frame["value"] = frame["value"].astype(str)
    world.put("raw/typed/a.parquet", frame)

    run = world.ended(world.start("devices", revision=12, input="raw/typed/*.parquet"))

    assert run["status"] == "Completed", run
    assert run["counts"]["events_read"] == 60
    assert run["counts"]["events_quarantined"] == 2
    path = f"quarantine/pipeline=devices/run={run['run_id']}/slice=00001.parquet"
    content = world.blob(path)
    assert content is not None
    rows = pq.read_table(io.BytesIO(content)).to_pylist()
    assert {row["reason"] for row in rows} == {
        "`value` must be a number; got twelve",
        "`value` must be finite; got NaN",
    }
    assert {row["file"] for row in rows} == {"raw/typed/a.parquet"}
    counted = world.scores("devices_scores", run["run_id"])
    assert len(counted) == 12


def test_unreadable_rows_of_a_text_file_are_quarantined(world: World) -> None:
    """A row with a field too many, bad bytes or an open quote costs itself, and nothing else."""
    lines = ["ts,value,Gerät\r\n".encode()]
    stamp = START.strftime("%Y-%m-%d %H:")
    lines += [f"{stamp}{i:02d}:00,{i},tüv\r\n".encode() for i in range(1, 11)]
    lines += [f"{stamp}11:00,11,tüv,extra\r\n".encode(), f"{stamp}12:00,12,t\xff".encode("latin-1")]
    lines += [b'\r\n"unterminated,1,t\r\n']
    world.lake.upload_blob("raw/unreadable/a.csv.gz", gzip.compress(b"".join(lines)))

    run = world.ended(world.start("texts", revision=13, input="raw/unreadable/*.csv.gz"))

    assert run["status"] == "Completed", run
    assert run["counts"]["events_read"] == 13
    assert run["counts"]["events_quarantined"] == 3
    scores = world.scores("texts_scores", run["run_id"])
    assert [(row["device"], row["score"]) for row in scores] == [("tüv", 11.0), ("tüv", 21.0)]


def test_readings_that_come_twice_count_once(world: World) -> None:
    """The same file under two names changes nothing but the count of duplicates."""
    world.put("raw/twice/a.parquet", readings("twin"))
    world.put("raw/twice/b.parquet", readings("twin"))

    run = world.ended(world.start("devices", revision=14, input="raw/twice/*.parquet"))

    assert run["status"] == "Completed", run
    assert run["counts"]["events_duplicate"] == 60
    assert sum(row["score"] for row in world.scores("devices_scores", run["run_id"])) == (
        sum(2 * (5 * k + 3) + 5 for k in range(12))
    )


def test_a_span_without_files_fails_and_says_where_it_looked(world: World) -> None:
    """An empty span is an error, unless the pipeline says that spans may be empty."""
    run = world.ended(world.start("devices", revision=15, input="raw/nothing/*.parquet"))

    assert run["status"] == "Failed"
    assert "no events in the span" in run["error"]
    assert "raw/nothing/*.parquet" in run["error"]


def test_files_without_events_in_the_span_are_an_empty_span_too(world: World) -> None:
    """Files that hold other days only are no input."""
    world.put("raw/otherday/a.parquet", readings("a"))
    start = START + timedelta(days=9)

    run = world.ended(world.start("devices", start=start, input="raw/otherday/*.parquet"))

    assert run["status"] == "Failed"
    assert "no events in the span" in run["error"]


def test_a_pipeline_may_allow_empty_spans(world: World) -> None:
    """With `on_empty: complete`, a run without input is Completed with zero windows."""
    run = world.ended(world.start("texts", revision=16, input="raw/nothing/*.csv"))

    assert run["status"] == "Completed", run
    assert run["counts"]["windows"] == run["counts"]["chunks"] == 0
    assert run["reconciled"] is True


def test_an_endpoint_that_does_not_exist_fails_the_run_at_once(world: World) -> None:
    """The endpoint is looked for before anything is computed, and named in the error."""
    world.put("raw/lost/a.parquet", readings("a"))

    run = world.ended(world.start("lost", input="raw/lost/*.parquet"))

    assert run["status"] == "Failed"
    assert "endpoint 'nowhere'" in run["error"]
    assert "not found" in run["error"]


def test_a_table_in_wide_schema_is_read_by_span(world: World) -> None:
    """The span is bound to the query, slice by slice; windows open on the right are complete."""
    rows = [
        (START + timedelta(minutes=m), f"m{k}", 200.0 + m + k, 1000.0 - m, "ok" if m % 3 else "E1")
        for m in range(-30, 181, 2)
        for k in (1, 2)
    ]
    with closing(sqlite3.connect(world.cloud.state / "machines.db")) as database, database:
        database.execute("CREATE TABLE machines (ts TEXT, machine TEXT, volt, rpm, state TEXT)")
        naive = [(t.strftime("%Y-%m-%d %H:%M:%S.%f"), *rest) for t, *rest in rows]
        database.executemany("INSERT INTO machines VALUES (?, ?, ?, ?, ?)", naive)

    run = world.ended(world.start("wide", hours=3))

    assert run["status"] == "Completed", run
    assert run["counts"]["slices"] == 3
    frame = pd.DataFrame(rows, columns=["ts", "device", "volt", "rpm", "state"])
    expected = {}
    for step in range(1, 19):
        end = START + timedelta(minutes=10 * step)
        inside = frame[(frame.ts >= end - timedelta(minutes=30)) & (frame.ts < end)]
        for device, group in inside.groupby("device"):
            faults = int((group.state != "ok").sum())
            expected[(device, end.strftime("%Y-%m-%d %H:%M:%S.%f"))] = (
                2 * group.volt.mean() + faults
            )
    found = {
        (row["device"], row["window_end"]): row["score"]
        for row in world.scores("wide_scores", run["run_id"])
    }
    assert found == pytest.approx(expected)
