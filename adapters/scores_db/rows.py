"""What the ledger answers: frozen records, with aware UTC instants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.runs import RunStatus, Stage


@dataclass(frozen=True)
class RunRow:
    """A run, as the ledger knows it."""

    run_id: str
    pipeline: str
    span_from: datetime
    span_to: datetime
    revision: int
    trigger_kind: str | None
    input: str | None
    status: RunStatus
    stage: Stage
    counts: dict[str, int]
    seconds: dict[str, float]
    facts: dict[str, Any]
    error: str | None
    reconciled: bool | None
    cancel_requested_at: datetime | None
    started_at: datetime
    updated_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class ChunkProgress:
    """How far a run's chunks are; `running`, `scored` and `failed` count chunks, once each."""

    jobs_submitted: int
    running: int
    scored: int
    failed: int
    rows_scored: int
    rows_rejected: int


@dataclass(frozen=True)
class ChunkError:
    """Why an attempt at a chunk failed, or (`final`) why the chunk was given up."""

    chunk: int
    attempt: int
    reason: str
    final: bool


@dataclass(frozen=True)
class OpenJob:
    """An attempt that has not ended."""

    chunk: int
    segment: int
    attempt: int
    job_name: str


@dataclass(frozen=True)
class JobFacts:
    """An attempt's size and times, as far as they are known.

    `rows` are the windows that it was given, `instances` the nodes it runs on. Times are those of
    looks at the job, so they are as exact as looks are frequent.
    """

    rows: int | None = None
    instances: int | None = None
    running_at: datetime | None = None
    finished_at: datetime | None = None
