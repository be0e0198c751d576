"""Rows of texts become typed scores, and what does not fit is rejected, row by row."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from adapters.plain_predictions import to_instant
from adapters.predictions import fetch_predictions
from adapters.scores_db.predictions import typed
from domain.errors import PredictionsError
from domain.pipeline import Pipeline, parse_pipeline
from tests.adapters.scores_db.samples import COLUMNS, sample_pipeline
from tests.streams.memory_lake import MemoryLake

FOLDER = "scores/pipeline=fleet/run=r/chunk=00001/attempt=1/"
END = "2026-01-01T00:05:00+00:00"
PLACES = ["device", "sensor", "window_end", "score", "label", "hits", "odd"]


def plain(columns: list[str] | None = None, **more: Any) -> Pipeline:
    """The sample pipeline, with a script that appends rows."""
    spec = sample_pipeline(COLUMNS).model_dump(mode="json")
    spec["model"]["predictions"] = {"columns": columns or PLACES, **more}
    return parse_pipeline(spec)


def read(text: str | bytes, tmp_path: Path, pipeline: Pipeline | None = None) -> list[Any]:
    """The rows as they go to the database."""
    lake, pipeline = MemoryLake(), pipeline or plain()
    lake.blobs[f"{FOLDER}predictions.csv"] = text if isinstance(text, bytes) else text.encode()
    found = fetch_predictions(lake, FOLDER, tmp_path, pipeline)
    rows = [row for batch in found.batches() for row in typed(batch, pipeline, 1).to_pylist()]
    assert found.rows() == {"predictions.csv": len(rows)}
    return rows


def test_a_row_is_typed_by_the_pipeline(tmp_path: Path) -> None:
    """Keys as text, also where they look like numbers; the version is a constant."""
    [row] = read(f"007 s1 {END} 1e-3 ok 12 True\n", tmp_path)
    assert row == {
        "device": "007",
        "sensor": "s1",
        "window_end": datetime(2026, 1, 1, 0, 5, tzinfo=UTC),
        "score": 0.001,
        "label": "ok",
        "hits": 12,
        "odd": True,
        "model_version": "plain",
        "rejected_reason": None,
    }


def test_what_pandas_writes_is_read(tmp_path: Path) -> None:
    """A DataFrame as Azure ML appends it: quotes around blanks, nothing for what is missing."""
    frame = pd.DataFrame(
        {
            "device": ["a b", 'say "no"'],
            "sensor": ["ä", "s"],
            "window_end": pd.Timestamp(END),
            "score": [0.5, np.nan],
            "label": [None, "x"],
            "hits": [1, 2],
            "odd": [True, False],
        }
    )
    rows = read(frame.to_csv(sep=" ", header=False, index=False), tmp_path)
    assert [row["device"] for row in rows] == ["a b", 'say "no"']
    assert [(row["score"], row["label"]) for row in rows] == [(0.5, None), (None, "x")]
    assert {row["window_end"] for row in rows} == {datetime(2026, 1, 1, 0, 5, tzinfo=UTC)}


def test_a_row_that_is_one_quoted_text_is_read(tmp_path: Path) -> None:
    """As a script does that returns a list of texts."""
    out = StringIO()
    csv.writer(out, delimiter=" ").writerow([f"d s {END} 1 ok 1 false"])
    [row] = read(out.getvalue(), tmp_path)
    assert (row["score"], row["rejected_reason"]) == (1.0, None)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (f"d s {END} x ok 1 true", "schema: `score` must be a number; got 'x'"),
        (f"d s {END} 1_0 ok 1 true", "schema: `score` must be a number; got '1_0'"),
        (f"d s {END} 1 ok 1.5 true", "schema: `hits` must be an integer"),
        (f"d s {END} 1 ok {2**63} true", "schema: `hits` must be an integer of at most 64 bits"),
        (f"d s {END} 1 ok 1 maybe", "schema: `odd` must be true or false; got 'maybe'"),
        ("d s noon 1 ok 1 true", "schema: `window_end` must be an instant"),
        ("d s 99999999999999999999999 1 ok 1 true", "schema: `window_end` must be an instant"),
        (f"d s {END} 1 ok 1", "schema: the row must have 7 fields; got 6"),
        ("d s 2026-01-01 00:05:00 1 ok 1 true", "schema: the row must have 7 fields; got 8"),
        (f"d s {END} x {'y' * 999} z true", "schema: `score` must be a number; got 'x'"),
    ],
)
def test_a_field_that_does_not_parse_rejects_its_row(
    line: str, reason: str, tmp_path: Path
) -> None:
    """With the field, the rule and the value; the rows around it are read."""
    good = f"d s {END} 1 ok 1 true"
    rows = read(f"{good}\n{line}\n\n{good}\n", tmp_path)
    assert [row["rejected_reason"] is None for row in rows] == [True, False, True]
    assert rows[1]["rejected_reason"].startswith(reason)


def test_a_script_may_say_versions_and_reasons(tmp_path: Path) -> None:
    """In places of their own; columns that the pipeline does not know are left out."""
    columns = ["file", *PLACES, "model_version", "rejected_reason"]
    lines = f'f d s {END} 1 ok 1 1 v7 ""\nf d s {END} "" "" "" "" "" "unknown key"\n'
    rows = read(lines, tmp_path, plain(columns, model_version="given"))
    assert [row["model_version"] for row in rows] == ["v7", "given"]
    assert [row["rejected_reason"] for row in rows] == [None, "unknown key"]


@pytest.mark.parametrize("text", [b"\xff\xfe d s", b"d " + b"x" * 200_000])
def test_a_file_that_is_no_text_is_an_error(text: bytes, tmp_path: Path) -> None:
    """Of the whole chunk: no row can be trusted."""
    with pytest.raises(PredictionsError, match=r"predictions\.csv: must be rows of text"):
        read(text, tmp_path)


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """What is there instead is named."""
    lake = MemoryLake()
    lake.blobs[f"{FOLDER}part-000.scores.parquet"] = b""
    with pytest.raises(PredictionsError, match=r"must hold one file out\.csv; got part-000"):
        fetch_predictions(lake, FOLDER, tmp_path, plain(file="out.csv"))


@pytest.mark.parametrize(
    "text",
    [
        *("2026-01-01T00:05:00Z", "2026-01-01T00:05:00", "2026-01-01 01:05:00+01:00"),
        *("1767225900", "1767225900.0", "1767225900000", "1767225900000000"),
        "1767225900000000000",
    ],
)
def test_an_instant_may_be_written_in_many_ways(text: str) -> None:
    """ISO 8601, or since 1970 in seconds, milli-, micro- or nanoseconds."""
    assert to_instant(text) == datetime(2026, 1, 1, 0, 5, tzinfo=UTC)
