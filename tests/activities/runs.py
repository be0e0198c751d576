"""Runs of a sample pipeline, their notes and their jobs, over a lake in memory."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.context import context
from adapters.lake import Lake
from adapters.scores_db import JobFacts
from domain import lake_paths
from domain.messages import JobOrder, Run, RunRecord, Sized
from domain.pipeline import Pipeline
from domain.runs import RunStatus, Stage, run_id
from domain.spans import Span
from tests.adapters.scores_db.samples import batch, row, sample_pipeline

DAY = datetime(2026, 1, 1, tzinfo=UTC)
NOTE = {"deployment": "blue", "compute": "azureml:cpu-cluster", "instances": 2, "concurrency": 2}


def pipeline(**changes: Any) -> Pipeline:
    """A pipeline whose sizes are to be found, unless `changes` say otherwise."""
    auto = {"rows_per_part": "auto", "parts_per_chunk": "auto"}
    data = sample_pipeline().model_dump(mode="json")
    return Pipeline.model_validate({**data, "chunks": auto, **changes})


def new_run(lake: Lake, one: Pipeline, day: int = 0, note: dict[str, Any] | None = NOTE) -> Run:
    """A run over a day, with the notes that a run has when it begins."""
    span = Span(DAY + timedelta(days=day), DAY + timedelta(days=day + 1))
    name = run_id(one.name, span, 1)
    lake.write_json(lake_paths.pinned_pipeline(one.name, name), one.model_dump(mode="json"))
    if note is not None:
        lake.write_json(lake_paths.endpoint_note(one.name, name), note)
    return Run(run_id=name, pipeline=one.name, start=span.start, end=span.end, revision=1)


def record(run: Run, status: RunStatus, at: datetime, **more: Any) -> None:
    """What the ledger knows of the run."""
    context().scores.record_run(
        RunRecord(run=run, status=status, stage=Stage.SCORING, at=at, **more)
    )


def scored_run(lake: Lake, one: Pipeline, day: int, note: dict[str, Any], *work: float) -> Run:
    """A run that has ended, with a job for each length of work; a row takes one node 2 ms."""
    run = new_run(lake, one, day, note)
    listed = {"sizes": Sized(rows_per_part=1, parts_per_chunk=1, why="").to_json(), "events": 1000}
    lake.write_json(lake_paths.sizes_note(one.name, run.run_id), listed)
    began = run.end + timedelta(hours=1)
    scores = context().scores
    record(run, RunStatus.RUNNING, began)
    for chunk, work_s in enumerate(work, 1):
        order = JobOrder(run=run, segment=1, chunk=chunk, attempt=1)
        running = began + timedelta(seconds=30)
        facts = JobFacts(
            rows=round(work_s * 1000),
            instances=note["instances"],
            running_at=running,
            finished_at=running + timedelta(seconds=work_s),
        )
        scores.record_job(order, "job", "NotStarted", began)
        scores.record_job_status(order, "Completed", at=running, ended=True, facts=facts)
        device = row(device=f"d{chunk}", end=run.start + timedelta(minutes=5))
        scores.upsert(one, order, [batch([device])], running)
    seconds = {"listing": 1.0, "aggregating": 59.0, "scoring": sum(work)}
    counts = {"windows": 300, "chunks": len(work)}
    record(run, RunStatus.COMPLETED, began + timedelta(hours=1), counts=counts, seconds=seconds)
    return run
