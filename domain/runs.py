"""Runs: their ids, their stages, and how they end."""

from __future__ import annotations

import math
from enum import StrEnum

from domain.spans import Span, compact


class RunStatus(StrEnum):
    """How a run is, in the ledger and in the API."""

    PENDING = "Pending"
    RUNNING = "Running"
    COMPLETED = "Completed"
    COMPLETED_WITH_ERRORS = "CompletedWithErrors"
    FAILED = "Failed"
    CANCELLED = "Cancelled"

    @property
    def has_ended(self) -> bool:
        """Whether nothing will happen to the run any more."""
        return self not in (RunStatus.PENDING, RunStatus.RUNNING)


class Stage(StrEnum):
    """What a run is doing."""

    LISTING = "listing"
    AGGREGATING = "aggregating"
    PLANNING = "planning"
    SCORING = "scoring"
    RECONCILING = "reconciling"
    ENDED = "ended"


def run_id(pipeline: str, span: Span, revision: int) -> str:
    """The id of the run, a pure function of what is scored; its instance id too."""
    return f"{pipeline}-{compact(span.start)}-{compact(span.end)}-r{revision}"


def windows_id(pipeline: str, span: Span, fingerprint: str) -> str:
    """The id under which windows for training are made, as a run's is; no run has it.

    `fingerprint` stands for how they are made, so that one folder never holds two kinds.
    """
    return f"{pipeline}-{compact(span.start)}-{compact(span.end)}-windows-{fingerprint}"


def segment_instance_id(run: str, segment: int) -> str:
    """The instance id of the sub-orchestration that drives a segment."""
    return f"{run}:s{segment:05d}"


def chunk_instance_id(run: str, chunk: int) -> str:
    """The instance id of the sub-orchestration that drives a chunk."""
    return f"{run}:c{chunk:05d}"


def job_name(run: str, chunk: int, attempt: int) -> str:
    """The name of a chunk's job: letters, digits, - and _, as Azure ML wants it."""
    return f"{run}-c{chunk:05d}-a{attempt}"


def final_status(chunks: int, failed: int, tolerated: int | str, *, reconciled: bool) -> RunStatus:
    """How a run ends: `tolerated` is a count, or a percentage of the chunks (rounded down)."""
    if isinstance(tolerated, str):
        tolerated = math.floor(chunks * int(tolerated.removesuffix("%")) / 100)
    if failed > tolerated or not reconciled:
        return RunStatus.FAILED
    return RunStatus.COMPLETED_WITH_ERRORS if failed else RunStatus.COMPLETED
