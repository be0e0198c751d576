"""What jobs took: the record of a past job, and what can be learned from many of them.

A job waits (submission until it runs), then works: a + b * rows / nodes. Its overhead is what would
pass without a single row: the wait and a. Robust estimates, since clusters have bad days: the wait
is the lower quartile (a job that queued behind others of its run did not wait for overhead), the
line is Theil and Sen's (Sen 1968: the median of the slopes of all pairs).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from statistics import median

from domain.jobs import Phase, phase_of

ENOUGH_JOBS = 3
"""Fewer say nothing: one slow start would decide."""


@dataclass(frozen=True)
class PastJob:
    """A job that was scored. Times are as exact as the looks at the job were frequent."""

    run_id: str
    rows: int
    instances: int
    submitted_at: datetime
    running_at: datetime
    finished_at: datetime

    @property
    def wait_s(self) -> float:
        """From its submission until it ran."""
        return max(0.0, (self.running_at - self.submitted_at).total_seconds())

    @property
    def work_s(self) -> float:
        """From then until it was done."""
        return (self.finished_at - self.running_at).total_seconds()


@dataclass(frozen=True)
class JobTimes:
    """What to expect of a job: seconds that pass without a row, and what a row takes one node."""

    jobs: int
    overhead_s: float
    node_seconds_per_row: float


def has_begun(status: str) -> bool:
    """Whether a job of this status has nodes, or is over."""
    return status in ("Running", "Finalizing") or phase_of(status) in (
        Phase.SUCCEEDED,
        Phase.ENDED,
    )


def job_times(past: Sequence[PastJob]) -> JobTimes | None:
    """What past jobs tell; None if they are too few, or too short to be measured."""
    measured = [job for job in past if job.rows > 0 and job.work_s > 0]
    if len(measured) < ENOUGH_JOBS:
        return None
    points = [(job.rows / max(1, job.instances), job.work_s) for job in measured]
    intercept, slope = _line(points)
    wait = lower_quartile([job.wait_s for job in measured])
    return JobTimes(len(measured), wait + intercept, slope)


def start_seconds(past: Sequence[PastJob]) -> float | None:
    """How long the nodes of a cold cluster take to start: the longest wait of a run's first job.

    Runs that found warm nodes do not hide it while one cold start is among the past jobs.
    """
    first: dict[str, PastJob] = {}
    for job in sorted(past, key=lambda j: (j.submitted_at, j.run_id), reverse=True):
        first[job.run_id] = job
    return max((job.wait_s for job in first.values()), default=None)


def lower_quartile(values: Sequence[float]) -> float:
    """The value that a quarter of them do not exceed."""
    ordered = sorted(values)
    return ordered[(len(ordered) - 1) // 4]


def _line(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Intercept and slope, both of which make sense: not negative, and rows take time."""
    slopes = [(y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(points, 2) if x1 != x2]
    slope = median(slopes) if slopes else 0.0
    intercept = median(y - slope * x for x, y in points)
    if slope > 0 and intercept >= 0:
        return intercept, slope
    # All of one size, or noise: whatever they took, they took for their rows.
    return 0.0, median(y / x for x, y in points)
