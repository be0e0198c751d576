"""How large parts and jobs are to be: large enough to be worth it, and short enough to lose.

A job of n rows on m nodes takes overhead + n * s / m. `overhead_share` asks for a least n,
`job_length` for a most n; a run with little data has smaller jobs, so that it fills
`chunks_in_flight`. Within a job the rows are shared out over parts, some for every worker.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor

from domain.job_times import JobTimes
from domain.messages import Sized
from domain.pipeline.chunks import AUTO, MOST_PARTS, Chunks

PARTS_PER_WORKER = 3
"""So that a slow part does not leave the other workers idle for long."""

LONGEST_PART_S = 60.0
"""A part is one call of run(), which a deployment gives some minutes at most."""

SMALLEST_PART = 100
"""Rows below which a file is not worth reading."""


@dataclass(frozen=True)
class Workers:
    """What a job has: nodes, and worker processes on each."""

    instances: int = 1
    concurrency: int = 1

    @property
    def count(self) -> int:
        """All of them."""
        return self.instances * self.concurrency


@dataclass(frozen=True)
class Expected:
    """How much a run is expected to score: `events` are known, `windows` estimated."""

    events: int | None = None
    windows: int | None = None


def choose_sizes(
    chunks: Chunks,
    times: JobTimes | None,
    workers: Workers,
    expected: Expected,
    first_look_s: float = 0.0,
) -> Sized:
    """The sizes, and why.

    Args:
        chunks: What the pipeline's file says.
        times: What past jobs took; None before there are enough of them.
        workers: What one job has.
        expected: How much there is to score.
        first_look_s: When a job is looked at first: nobody gains by a shorter one.
    """
    rows_per_part, parts_per_chunk = chunks.sizes
    if not chunks.is_auto:
        why = f"{rows_per_part:,} rows x {parts_per_chunk} parts, as the pipeline's file says"
        return Sized(rows_per_part=rows_per_part, parts_per_chunk=parts_per_chunk, why=why)
    if times is None:
        why = (
            f"there are not enough past jobs with times yet, so {rows_per_part:,} rows x "
            f"{parts_per_chunk} parts, as it is by default"
        )
        return Sized(rows_per_part=rows_per_part, parts_per_chunk=parts_per_chunk, why=why)
    row_s = times.node_seconds_per_row / workers.instances
    rows, limit = _rows_per_job(chunks, times.overhead_s, row_s, expected, first_look_s)
    rows_per_part, parts = _parts(chunks, rows, row_s, workers)
    told = _told(times, row_s, expected)
    size = rows_per_part * parts
    job_s = times.overhead_s + size * row_s
    job = (
        f"jobs of {parts} parts x {rows_per_part:,} rows take about {seconds(job_s)}, "
        f"{times.overhead_s / job_s:.0%} of it overhead"
    )
    return Sized(rows_per_part=rows_per_part, parts_per_chunk=parts, why=f"{told}; {job} ({limit})")


def _rows_per_job(
    chunks: Chunks, overhead_s: float, row_s: float, expected: Expected, first_look_s: float
) -> tuple[int, str]:
    """How many rows a job should have, and which limit decided."""
    share, length_s = chunks.overhead, chunks.job_length.total_seconds()
    least, why = max(1, ceil(overhead_s * (1 - share) / (share * row_s))), "overhead_share decides"
    if length_s <= overhead_s:
        return least, "no job can be as short as job_length, so overhead_share decides"
    most = max(1, floor((length_s - overhead_s) / row_s))
    if most < least:
        return most, "overhead_share would need longer jobs, but job_length wins"
    seen = min(most, ceil((first_look_s - overhead_s) / row_s))
    if seen > least:
        least, why = seen, "no shorter than until the first look"
    if expected.windows is None:
        return least, why
    even = ceil(expected.windows / chunks.chunks_in_flight)
    if even >= most:
        return most, "job_length decides"
    if even > least:
        return even, f"so that {chunks.chunks_in_flight} jobs share the run"
    return least, why


def _parts(chunks: Chunks, rows: int, row_s: float, workers: Workers) -> tuple[int, int]:
    """Rows per part and parts per chunk for about `rows` rows; what is a number stays."""
    if chunks.rows_per_part != AUTO:
        per_part, _ = chunks.sizes
        return per_part, min(MOST_PARTS, max(1, rows // per_part))
    if chunks.parts_per_chunk != AUTO:
        _, parts = chunks.sizes
        return max(1, rows // parts), parts
    alone_s = rows * row_s * workers.count  # what one worker would need
    wanted = max(workers.count * PARTS_PER_WORKER, ceil(alone_s / LONGEST_PART_S))
    parts = max(1, min(wanted, rows // SMALLEST_PART, MOST_PARTS))
    return max(1, rows // parts), parts


def _told(times: JobTimes, row_s: float, expected: Expected) -> str:
    told = (
        f"from {times.jobs} past jobs: {seconds(times.overhead_s)} overhead, "
        f"{row_s * 1000:.2g} ms per row"
    )
    if expected.windows is None:
        return told
    if expected.events is None:
        return f"{told}; a run has about {rounded(expected.windows)} windows"
    return (
        f"{told}; {rounded(expected.events)} events give about {rounded(expected.windows)} windows"
    )


def seconds(length: float) -> str:
    """A length of time as people say it: `31 s`, `2.5 min`, `1.2 h`."""
    if length < 120:
        return f"{length:.2g} s" if length < 10 else f"{length:.0f} s"
    return f"{length / 60:.1f} min" if length < 7200 else f"{length / 3600:.1f} h"


def rounded(count: int) -> str:
    """A large number as people say it: `1.2 million`."""
    return f"{count / 1e6:.3g} million" if count >= 1_000_000 else f"{count:,}"
