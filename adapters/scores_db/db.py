"""The scores database as the app uses it: one class, one method per thing that is done.

Each method is one transaction. What happens inside stands in the modules next to this one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import pyarrow as pa

from adapters.scores_db import (
    counts,
    jobs,
    ledger,
    past_jobs,
    quality,
    rejected_rows,
    run_spans,
    upsert,
    vanished,
)
from adapters.scores_db.connected import Connected
from adapters.scores_db.predictions import checked_first
from adapters.scores_db.quality import QualityRow
from adapters.scores_db.rejected_rows import RejectedPage
from adapters.scores_db.rows import ChunkError, ChunkProgress, JobFacts, OpenJob, RunRow
from adapters.scores_db.work import Lacking
from domain.job_times import PastJob
from domain.messages import Failure, JobOrder, Run, RunRecord, StoredCounts, Upserted
from domain.metering import JobUse
from domain.pipeline import Pipeline
from domain.quality import ColumnMeasure
from domain.rejections import Rejection
from domain.runs import RunStatus
from domain.spans import Span


class ScoresDb(Connected):
    """Scores and the ledger, in Azure SQL or in SQLite.

    Cheap to make: connections and what is known about tables are kept per process and URL. Safe to
    use from many threads. Every method raises ScoresDbError or TransientError, and nothing else
    unless it says so. Texts of errors hold no row, no parameter and no connection string.
    """

    def record_run(self, record: RunRecord) -> None:
        """Writes down what a run is doing; a run only moves forward, and an ended one stays."""
        with self._writing("record a run") as connection:
            ledger.record_run(connection, record)

    def get_run(self, run_id: str) -> RunRow | None:
        """The run, or None if the ledger does not know it."""
        with self._reading("read a run") as connection:
            return ledger.get_run(connection, run_id)

    def list_runs(
        self, pipeline: str | None = None, status: RunStatus | None = None, limit: int = 100
    ) -> list[RunRow]:
        """The runs, newest first."""
        with self._reading("list runs") as connection:
            return ledger.list_runs(connection, pipeline, status, limit)

    def last_span_end(self, pipeline: str, trigger: str) -> datetime | None:
        """The latest end among the spans of the pipeline's runs that `trigger` started."""
        with self._reading("find the last span") as connection:
            return run_spans.last_span_end(connection, pipeline, trigger)

    def last_run(self, pipeline: str, span: Span) -> RunRow | None:
        """The run of exactly this span with the highest revision, whatever its status."""
        with self._reading("find the last run") as connection:
            return run_spans.last_run(connection, pipeline, span)

    def newest_runs(self, pipeline: str, first: datetime, last: datetime) -> list[RunRow]:
        """The newest revision of each span that ends after `first` and at or before `last`; by
        that end."""
        with self._reading("list the newest runs") as connection:
            return run_spans.newest_runs(connection, pipeline, first, last)

    def progress(self, run_id: str) -> ChunkProgress:
        """How far the run's chunks are."""
        with self._reading("count chunks") as connection:
            return counts.progress(connection, run_id)

    def errors(self, run_id: str, limit: int = 100) -> list[ChunkError]:
        """Why attempts failed and chunks were given up, by chunk and attempt."""
        with self._reading("list errors") as connection:
            return jobs.errors(connection, run_id, limit)

    def open_jobs(self, run_id: str) -> list[OpenJob]:
        """The attempts that have not ended."""
        with self._reading("list jobs") as connection:
            return jobs.open_jobs(connection, run_id)

    def request_cancel(self, run_id: str, at: datetime) -> bool:
        """Cancels the run unless it has ended; whether it is cancelled now."""
        with self._writing("cancel a run") as connection:
            return ledger.request_cancel(connection, run_id, at)

    def is_cancelled(self, run_id: str) -> bool:
        """Whether the run was cancelled."""
        with self._reading("look whether a run was cancelled") as connection:
            return ledger.is_cancelled(connection, run_id)

    def record_job(self, order: JobOrder, job_name: str, status: str, at: datetime) -> None:
        """Writes down an attempt, unless it is there."""
        with self._writing("record a job") as connection:
            jobs.record_job(connection, order, job_name, status, at)

    def record_job_status(
        self,
        order: JobOrder,
        status: str,
        *,
        at: datetime,
        reason: str | None = None,
        ended: bool = False,
        facts: JobFacts = jobs.NOTHING_NEW,
    ) -> None:
        """Writes down how an attempt is; waits for no lock when that is known already."""
        with self._reading("read a job") as connection:
            if not jobs.job_change(connection, order, status, reason, facts, ended=ended):
                return
        with self._writing("record a job's status") as connection:
            jobs.record_job_status(
                connection, order, status, at=at, reason=reason, ended=ended, facts=facts
            )

    def job_facts(self, order: JobOrder) -> JobFacts:
        """What is known of an attempt's size and times."""
        with self._reading("read a job") as connection:
            return jobs.job_facts(connection, order)

    def past_jobs(self, pipeline: str, limit: int = past_jobs.NEWEST) -> list[PastJob]:
        """The newest jobs of a pipeline that were scored and whose times are known."""
        with self._reading("list past jobs") as connection:
            return past_jobs.past_jobs(connection, pipeline, limit)

    def job_uses(self, run_id: str) -> list[JobUse]:
        """What every attempt of a run has used of its cluster."""
        with self._reading("list jobs") as connection:
            return past_jobs.job_uses(connection, run_id)

    def record_dead_letter(self, failure: Failure, rows: int, at: datetime) -> None:
        """Writes down that a chunk of `rows` rows was given up, unless that is known."""
        with self._writing("record a dead letter") as connection:
            jobs.record_dead_letter(connection, failure, rows, at)

    def upsert(
        self,
        pipeline: Pipeline,
        order: JobOrder,
        batches: Iterable[pa.RecordBatch],
        at: datetime,
        *,
        lacking: Lacking | None = None,
    ) -> Upserted:
        """Writes a chunk's scores, all or none; a chunk that is written stays as it is.

        Args:
            pipeline: Whose table and columns are meant.
            order: Which attempt at which chunk the predictions come from.
            batches: The predictions, with the columns and types of `predictions.columns_of`. They
                are read inside the transaction, so they should lie on a local disk.
            at: When; becomes `scored_at`.
            lacking: Rows of the chunk that are not among the batches, and nobody will score: they
                become a dead letter, and the chunk counts as failed, not as scored.

        Returns:
            `rows_scored` rows that keep to the rules, of which `rows_superseded` gave way to
            a newer revision, and `rows_rejected` others.

        Raises PredictionsError for a missing column or a wrong type, RunCancelledError if the run
        was cancelled meanwhile; and whatever `batches` raises. In each case nothing is written.
        """
        self.ensure_tables(pipeline)
        with self._reading("look for scores") as connection:
            known = upsert.scored(connection, order)
        checked = () if known else checked_first(batches, pipeline, order.chunk)
        with self._writing("upsert scores") as connection:
            return upsert.upsert(connection, pipeline, order, checked, at, lacking)

    def scored(self, order: JobOrder) -> Upserted | None:
        """What some attempt at the chunk has written, as a whole or in part; None: nothing."""
        with self._reading("look for scores") as connection:
            return upsert.scored(connection, order)

    def scored_attempts(self, run_id: str) -> list[tuple[int, int]]:
        """The (chunk, attempt) whose scores were written, as a whole or in part; by chunk."""
        with self._reading("list scored chunks") as connection:
            return quality.scored_attempts(connection, run_id)

    def rejected_rows(
        self,
        run_id: str,
        kind: Rejection | None = None,
        limit: int = 100,
        after: tuple[int, int] | None = None,
    ) -> RejectedPage:
        """Rejected rows by chunk and row number, those after a (chunk, row number)."""
        with self._reading("list rejected rows") as connection:
            return rejected_rows.rejected_rows(connection, run_id, kind, limit, after)

    def replace_quality(self, run: Run, measures: Sequence[ColumnMeasure], at: datetime) -> None:
        """Writes what a run's columns looked like, in place of what is there about the run."""
        with self._writing("record quality") as connection:
            quality.replace_quality(connection, run, measures, at)

    def quality_of(self, run_id: str) -> list[QualityRow]:
        """What a run's columns looked like, by role, column and version of the model."""
        with self._reading("read quality") as connection:
            return quality.quality_of(connection, run_id)

    def quality_history(
        self, pipeline: str, column: str | None = None, limit: int = 100
    ) -> list[QualityRow]:
        """What the columns of a pipeline's runs looked like, the latest span first."""
        with self._reading("list quality") as connection:
            return quality.quality_history(connection, pipeline, column, limit)

    def remove_vanished(self, run: Run, pipeline: Pipeline) -> int:
        """Deletes the rows in the run's span that only older revisions have written.

        To be called once the run has scored its span. Rows of the same or a newer revision stay.

        Returns how many rows this call has deleted: 0 when it is repeated. The run's count
        `rows_vanished` in the ledger tells how many it has deleted in all.

        Raises RunCancelledError if the run was cancelled; then nothing is deleted.
        """
        self.ensure_tables(pipeline)
        with self._writing("remove vanished rows") as connection:
            return vanished.remove_vanished(connection, run, pipeline)

    def reconcile(self, run: Run, pipeline: Pipeline) -> StoredCounts:
        """What the database holds of a run: rows_scored == rows_in_sql + rows_superseded."""
        self.ensure_tables(pipeline)
        with self._reading("count scores") as connection:
            return counts.reconcile(connection, run, pipeline)
