"""A pipeline, its runs and its predictions, as the tests of the scores database need them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from sqlalchemy import Table, select

from adapters.scores_db import ScoresDb
from adapters.scores_db.score_tables import score_tables
from domain.messages import JobOrder, Run, RunRecord, RunRequest
from domain.pipeline import Pipeline, parse_pipeline
from domain.runs import RunStatus, Stage, run_id
from domain.spans import Span

DAY = datetime(2026, 1, 1, tzinfo=UTC)
AT = datetime(2026, 1, 2, 1, 30, 0, 123456, tzinfo=UTC)
LATER = AT + timedelta(minutes=5)
TYPES = {
    "score": pa.float64(),
    "label": pa.string(),
    "hits": pa.int64(),
    "odd": pa.bool_(),
    "model_version": pa.string(),
    "rejected_reason": pa.string(),
}
COLUMNS = {"score": "float", "label": "string?", "hits": "integer?", "odd": "boolean"}


def sample_pipeline(
    columns: Mapping[str, str] = COLUMNS,
    keys: Sequence[str] = ("device", "sensor"),
    table: str = "fleet_scores",
    name: str = "fleet",
) -> Pipeline:
    """A pipeline with an output column of each type."""
    return parse_pipeline(
        {
            "name": name,
            "source": {
                "kind": "files",
                "path": "raw/*.parquet",
                "timestamp": "ts",
                "key": list(keys),
            },
            "windows": {"kind": "tumbling", "size": "5m"},
            "aggregates": {"mean": {"function": "mean", "column": "value"}},
            "model": {"endpoint": "anomaly"},
            "output": {"table": table, "columns": dict(columns)},
        }
    )


def sample_run(revision: int = 1, pipeline: str = "fleet", days: int = 1, first: int = 0) -> Run:
    """A run over `days` days, beginning `first` days after DAY."""
    span = Span(DAY + timedelta(days=first), DAY + timedelta(days=first + days))
    return Run(
        run_id=run_id(pipeline, span, revision),
        pipeline=pipeline,
        start=span.start,
        end=span.end,
        revision=revision,
    )


def sample_order(run: Run | None = None, chunk: int = 1, attempt: int = 1) -> JobOrder:
    """An attempt at a chunk."""
    return JobOrder(run=run or sample_run(), segment=1, chunk=chunk, attempt=attempt)


def sample_record(
    status: RunStatus = RunStatus.RUNNING, stage: Stage = Stage.SCORING, **more: Any
) -> RunRecord:
    """What a run tells the ledger."""
    run = more.pop("run", sample_run())
    return RunRecord(run=run, status=status, stage=stage, at=more.pop("at", AT), **more)


def sample_request(run: Run, trigger: str = "timer", text: str | None = None) -> RunRequest:
    """How a run was asked for."""
    return RunRequest(run=run, trigger=trigger, input=text, spec={})


def window(number: int) -> datetime:
    """The end of the n-th window of DAY; the first is 1."""
    return DAY + timedelta(minutes=5 * number)


def row(device: str | None = "d1", end: datetime | None = None, **more: Any) -> dict[str, Any]:
    """One scored row that keeps to all rules, unless `more` says otherwise."""
    return {
        "device": device,
        "sensor": "s1",
        "window_end": window(1) if end is None else end,
        "score": 0.5,
        "label": "ok",
        "hits": 1,
        "odd": False,
        "model_version": "3",
        "rejected_reason": None,
        **more,
    }


def batch(rows: Sequence[dict[str, Any]]) -> pa.RecordBatch:
    """Rows as a model writes them."""
    names = list(rows[0]) if rows else list(row())
    kinds = {"window_end": pa.timestamp("us", "UTC"), **TYPES}
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in names])
    return pa.RecordBatch.from_pylist(list(rows), schema=schema)


def rows_of(db: ScoresDb, table: Table) -> list[dict[str, Any]]:
    """All rows of a table, by its primary key."""
    with db._engine.connect() as connection:
        found = connection.execute(select(table).order_by(*table.primary_key.columns))
        return [dict(one._mapping) for one in found]


def scores_of(db: ScoresDb, pipeline: Pipeline) -> list[dict[str, Any]]:
    """All rows of the pipeline's score table."""
    return rows_of(db, score_tables(pipeline).target)


def staged_of(db: ScoresDb, pipeline: Pipeline) -> list[dict[str, Any]]:
    """All rows of the pipeline's staging table."""
    return rows_of(db, score_tables(pipeline).staging)


def assert_balanced(db: ScoresDb, pipeline: Pipeline, *runs: Run) -> None:
    """Every row that a run has scored is in the table, or superseded."""
    for run in runs:
        counts = db.reconcile(run, pipeline)
        assert counts.rows_scored == counts.rows_in_sql + counts.rows_superseded, run.run_id
