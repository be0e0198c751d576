"""Which rows are rejected, and what becomes of them."""

from __future__ import annotations

import json
import math
from datetime import timedelta
from typing import Any

import pytest

from adapters.scores_db import ScoresDb
from adapters.scores_db import staging as staging_module
from adapters.scores_db.ledger_tables import REJECTED_ROWS
from domain.messages import Upserted
from domain.pipeline import Pipeline
from domain.rejections import kind_of
from tests.adapters.scores_db.samples import (
    AT,
    DAY,
    batch,
    row,
    rows_of,
    sample_order,
    sample_pipeline,
    sample_run,
    scores_of,
    staged_of,
    window,
)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ({"rejected_reason": "no model for d1"}, "no model for d1"),
        ({"rejected_reason": "unknown key"}, "unknown key"),
        ({"rejected_reason": "model error: it burst"}, "model error: it burst"),
        ({"score": math.nan}, "nan: `score` must be a finite number; got NaN"),
        ({"score": math.inf}, "nan: `score` must be a finite number; got infinity"),
        ({"score": -math.inf}, "nan: `score` must be a finite number; got infinity"),
        ({"score": None}, "nan: `score` must not be null"),
        ({"odd": None}, "nan: `odd` must not be null"),
        ({"device": None}, "schema: key `device` must not be null"),
        ({"sensor": ""}, "schema: key `sensor` must not be empty"),
        ({"device": "d1 "}, "schema: key `device` must not end with a blank"),
        ({"device": "k" * 201}, "schema: key `device` must be at most 200 UTF-16 units long"),
        ({"device": "🌍" * 101}, "schema: key `device` must be at most 200 UTF-16 units long"),
        ({"label": "x" * 401}, "schema: `label` must be at most 400 UTF-16 units long"),
        ({"label": "🌍" * 201}, "schema: `label` must be at most 400 UTF-16 units long"),
        (
            {"model_version": "9" * 201},
            "schema: `model_version` must be at most 200 UTF-16 units long",
        ),
        ({"window_end": None}, "schema: `window_end` must not be null"),
        ({"window_end": DAY}, "schema: `window_end` must lie in the run's span"),
        (
            {"window_end": DAY + timedelta(days=1, microseconds=1)},
            "schema: `window_end` must lie in the run's span",
        ),
    ],
)
def test_a_row_that_breaks_a_rule_is_rejected(
    db: ScoresDb, pipeline: Pipeline, broken: dict[str, Any], reason: str
) -> None:
    """The row goes to rejected_rows with its number and reason; the others are written."""
    rows = [row("before"), {**row(), **broken}, row("after")]
    written = db.upsert(pipeline, sample_order(), [batch(rows)], AT)
    assert written == Upserted(rows_scored=2, rows_rejected=1, rows_superseded=0)
    (rejected,) = rows_of(db, REJECTED_ROWS)
    assert rejected["reason"].startswith(reason)
    assert rejected["kind"] == kind_of(reason)
    assert (rejected["row_number"], rejected["pipeline"]) == (2, "fleet")
    assert rejected["window_end"] == rows[1]["window_end"]
    assert {found["device"] for found in scores_of(db, pipeline)} == {"before", "after"}


def test_a_row_at_the_edges_of_the_span_belongs_to_its_end(
    db: ScoresDb, pipeline: Pipeline
) -> None:
    """A run scores the windows that end after its start and at or before its end."""
    ends = [DAY, DAY + timedelta(microseconds=1), DAY + timedelta(days=1)]
    written = db.upsert(pipeline, sample_order(), [batch([row(end=end) for end in ends])], AT)
    assert (written.rows_scored, written.rows_rejected) == (2, 1)


def test_nan_is_not_null(db: ScoresDb) -> None:
    """A nullable float takes null, and rejects NaN and infinity all the same."""
    pipeline = sample_pipeline({"score": "float?"})
    rows = [row(str(n), score=value) for n, value in enumerate((None, math.nan, math.inf, 1.0))]
    written = db.upsert(pipeline, sample_order(), [batch(rows)], AT)
    assert (written.rows_scored, written.rows_rejected) == (2, 2)
    assert [found["score"] for found in scores_of(db, pipeline)] == [None, 1.0]


def test_an_empty_reason_is_no_reason(db: ScoresDb, pipeline: Pipeline) -> None:
    """Models that write an empty text for `nothing to say` are understood."""
    assert db.upsert(pipeline, sample_order(), [batch([row(rejected_reason="")])], AT) == Upserted(
        rows_scored=1, rows_rejected=0, rows_superseded=0
    )


def test_the_second_of_two_equal_rows_is_rejected(db: ScoresDb, pipeline: Pipeline) -> None:
    """Within a chunk the first row of a key and window_end stays, also across batches."""
    rows = [row(score=1.0), row(score=2.0), row("d2")]
    more = [row(score=3.0), row("d3", score=math.nan), row("d3")]
    written = db.upsert(pipeline, sample_order(), [batch(rows), batch(more)], AT)
    assert written == Upserted(rows_scored=3, rows_rejected=3, rows_superseded=0)
    rejected = rows_of(db, REJECTED_ROWS)
    assert [(one["row_number"], one["window_end"]) for one in rejected] == [
        (2, window(1)),
        (4, window(1)),
        (5, window(1)),
    ]
    assert "stands twice" in rejected[0]["reason"]
    assert [one["kind"] for one in rejected] == ["schema", "schema", "nan"]
    assert json.loads(rejected[0]["key_values"]) == {"device": "d1", "sensor": "s1"}
    assert scores_of(db, pipeline)[0]["score"] == 1.0


def test_more_repetitions_than_a_slice(
    db: ScoresDb, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many rows repeat each other, all but one are rejected."""
    monkeypatch.setattr(staging_module, "SLICE_ROWS", 3)
    monkeypatch.setattr(staging_module, "IN_LIST", 2)
    written = db.upsert(pipeline, sample_order(), [batch([row() for _ in range(11)])], AT)
    assert written == Upserted(rows_scored=1, rows_rejected=10, rows_superseded=0)
    assert [one["row_number"] for one in rows_of(db, REJECTED_ROWS)] == list(range(2, 12))
    assert staged_of(db, pipeline) == []


def test_a_window_that_two_chunks_score_is_rejected_once(db: ScoresDb, pipeline: Pipeline) -> None:
    """The chunk that was written first keeps the window; the other says which one that is."""
    db.upsert(pipeline, sample_order(chunk=4), [batch([row(score=1.0)])], AT)
    written = db.upsert(pipeline, sample_order(chunk=5), [batch([row(score=2.0), row("d2")])], AT)
    assert written == Upserted(rows_scored=1, rows_rejected=1, rows_superseded=0)
    (rejected,) = rows_of(db, REJECTED_ROWS)
    assert rejected["reason"].endswith("was scored by chunk 4 of this run")
    assert rejected["kind"] == "schema"
    assert [found["score"] for found in scores_of(db, pipeline)] == [1.0, 0.5]
    counts = db.reconcile(sample_run(), pipeline)
    assert counts.rows_scored == counts.rows_in_sql == 2


def test_all_rows_may_be_rejected(db: ScoresDb, pipeline: Pipeline) -> None:
    """A chunk without one good row is scored, with nothing but rejections."""
    rows = [row(str(n), score=None) for n in range(3)]
    assert db.upsert(pipeline, sample_order(), [batch(rows)], AT) == Upserted(
        rows_scored=0, rows_rejected=3, rows_superseded=0
    )
    assert db.progress(sample_run().run_id).scored == 1


def test_keys_of_rejected_rows_are_readable(db: ScoresDb, pipeline: Pipeline) -> None:
    """Rejected keys are JSON with their own letters, cut if they are much too long."""
    rows = [row("Größe 🌍 "), row("k" * 5000), row(None)]
    db.upsert(pipeline, sample_order(), [batch(rows)], AT)
    told = [json.loads(one["key_values"])["device"] for one in rows_of(db, REJECTED_ROWS)]
    assert told == ["Größe 🌍 ", "k" * 400, None]
