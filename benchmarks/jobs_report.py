"""What the benchmark of jobs has measured, and the three tables that tell it."""

from __future__ import annotations

from dataclasses import dataclass

from rich.table import Table

from benchmarks.job_world import TimedJob, workers
from domain.job_times import JobTimes, PastJob, job_times
from domain.pipeline.chunks import AUTO, Chunks
from domain.sizing import Expected, Workers, choose_sizes


@dataclass(frozen=True)
class Shape:
    """What a job has to score."""

    models: int
    parts: int
    rows_of_part: int

    @property
    def rows(self) -> int:
        """Of all parts."""
        return self.parts * self.rows_of_part

    @property
    def size(self) -> str:
        """Parts x rows, in words."""
        return f"{self.parts} x {self.rows_of_part // 1000}k"

    @property
    def deployment(self) -> str:
        """What scores it."""
        return f"models-{self.models}"

    @property
    def folder(self) -> str:
        """Where its parts are in the lake."""
        return f"windows/{self.models}/{self.parts}x{self.rows_of_part}/"


@dataclass(frozen=True)
class Direct:
    """Rows per second without jobs, on all cores: of the model alone, and of score.py."""

    alone: float
    score_py: float


Rates = dict[tuple[int, int], Direct]
"""By models, and rows of a part."""


@dataclass(frozen=True)
class Measured:
    """The jobs of a shape, and the most memory of a worker process."""

    shape: Shape
    cold: list[TimedJob]
    warm: list[TimedJob]
    worker_mb: float


def jobs_table(measured: list[Measured], rates: Rates) -> Table:
    """Jobs; times as ratios to the model alone, and to the warm job of one small part.

    Overhead is all that the model alone would not take; "no rows" is the share of the job's time
    that would pass without a row.
    """
    columns = ("models", "parts x rows", "node", "rows/s", "to direct", "s", "to first", "overhead")
    table = Table(*columns, "no rows")
    first = {m.shape.models: fastest(m.warm).seconds for m in reversed(measured)}
    for m in measured:
        shape = m.shape
        direct_s = shape.rows / rates[shape.models, shape.rows_of_part].alone
        times = learnt(measured, shape.models, shape.rows_of_part)
        for node, job in (("cold", fastest(m.cold)), ("warm", fastest(m.warm))):
            table.add_row(
                f"{shape.models:,}",
                shape.size,
                node,
                f"{shape.rows / job.seconds:,.0f}",
                f"x {direct_s / job.seconds:.3f}",
                f"{job.seconds:.2f}",
                f"x {job.seconds / first[shape.models]:.2f}",
                f"{job.seconds - direct_s:.2f} s",
                f"{times.overhead_s / job.seconds:.0%}" if node == "warm" else "",
            )
    return table


def steps_table(measured: list[Measured]) -> Table:
    """What jobs did, as shares of their time; node-seconds and memory."""
    columns = ("models", "parts x rows", "node", "submitted", "waits", "runs", "finalizes")
    table = Table(*columns, "node-s", "worker MB")
    for m in measured:
        for node, job in (("cold", fastest(m.cold)), ("warm", fastest(m.warm))):
            table.add_row(
                f"{m.shape.models:,}",
                m.shape.size,
                node,
                *(f"{step / job.seconds:.0%}" for step in job.steps_s),
                f"{job.node_seconds:.2f}",
                f"{m.worker_mb:.0f}" if node == "warm" else "",
            )
    return table


def lessons_table(measured: list[Measured], rates: Rates) -> Table:
    """What the app would learn from the warm jobs, and how large `auto` would make them."""
    columns = ("models", "rows of a part", "no rows", "1 million rows", "to direct", "to score.py")
    table = Table(*columns, "20 % overhead at", "rows/s then", "auto: parts x rows")
    for (models, rows_of_part), rate in rates.items():
        times = learnt(measured, models, rows_of_part)
        row_s = times.node_seconds_per_row
        chunks = Chunks(rows_per_part=AUTO, parts_per_chunk=AUTO)
        enough = times.overhead_s * (1 - chunks.overhead) / (chunks.overhead * row_s)
        sized = choose_sizes(chunks, times, Workers(1, workers()), Expected())
        table.add_row(
            f"{models:,}",
            f"{rows_of_part:,}",
            f"{times.overhead_s:.2f} s",
            f"{row_s * 1e6:.2f} s",
            f"x {row_s * rate.alone:.1f}",
            f"x {row_s * rate.score_py:.1f}",
            f"{enough:,.0f} rows",
            f"{enough / (times.overhead_s + enough * row_s):,.0f}",
            f"{sized.parts_per_chunk} x {sized.rows_per_part:,}",
        )
    return table


def learnt(measured: list[Measured], models: int, rows_of_part: int) -> JobTimes:
    """What the app's own estimate makes of the fastest warm jobs with parts of a size."""
    found = [
        (m.shape.rows, fastest(m.warm))
        for m in measured
        if (m.shape.models, m.shape.rows_of_part) == (models, rows_of_part)
    ]
    past = [
        PastJob(job.name, rows, 1, job.submitted_at, job.running_at, job.ended_at)
        for rows, job in found
    ]
    times = job_times(past)
    assert times is not None
    return times


def fastest(jobs: list[TimedJob]) -> TimedJob:
    """The one that counts."""
    return min(jobs, key=lambda job: job.seconds)
