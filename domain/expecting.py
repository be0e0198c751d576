"""What a pipeline's past tells of its next runs: when, how long, and on how many nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from domain.pipeline import Pipeline
from domain.pipeline.events import EventsSource
from domain.runs import Stage
from domain.windows import from_us, grid_floor, to_us

RUN_S, HEAD_S = 600.0, 60.0
"""What is supposed of a run before there are any: scoring, and the stages before it."""

START_S = 300.0
"""What is supposed of a cluster's start-up before it was measured or set."""

BEFORE_SCORING = (Stage.LISTING, Stage.AGGREGATING, Stage.PLANNING)


@dataclass(frozen=True)
class PastRun:
    """A run that ended: seconds by stage, and its counts."""

    seconds: Mapping[str, float]
    counts: Mapping[str, int]


@dataclass(frozen=True)
class RunTimes:
    """What to expect of a run: seconds before it scores, seconds of scoring, jobs at once."""

    head_s: float
    run_s: float
    jobs: int
    runs: int


def run_times(pipeline: Pipeline, past: Sequence[PastRun]) -> RunTimes:
    """The medians of past runs that scored something; defaults before there are any."""
    scored = [run for run in past if Stage.SCORING.value in run.seconds]
    in_flight = pipeline.chunks.chunks_in_flight
    if not scored:
        return RunTimes(HEAD_S, RUN_S, in_flight, 0)
    heads = [sum(run.seconds.get(stage.value, 0.0) for stage in BEFORE_SCORING) for run in scored]
    chunks = [max(1, run.counts.get("chunks", 1)) for run in scored]
    return RunTimes(
        head_s=median(heads),
        run_s=median(run.seconds[Stage.SCORING.value] for run in scored),
        jobs=min(in_flight, round(median(chunks))),
        runs=len(scored),
    )


def stream_runs(
    source: EventsSource, after: datetime, length: timedelta, most: int
) -> list[datetime]:
    """When the intervals of a stream are scored: each when it is over and nothing is late."""
    late = source.late_arrival.tolerance + source.quiet
    end_us = grid_floor(to_us(after - late), source.every_us, 0)
    found: list[datetime] = []
    while len(found) < most:
        end_us += source.every_us
        begin = from_us(end_us) + late
        if begin > after + length:
            break
        found.append(begin)
    return found
