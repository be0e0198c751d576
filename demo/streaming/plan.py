"""What is streamed: two intervals of a fleet, with a burst, faults, late events, copies, garbage.

All of it lies in the immediate past, since the stand-in's Event Hub is told when events arrive:
what is late, and by how much, is then a matter of stream time, and the same at any speed.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from demo.errors import UsageError
from demo.pipelines import grid_of
from domain.pipeline import Pipeline
from domain.pipeline.events import EventsSource
from domain.windows import from_us, grid_floor, to_us
from simulate import Burst, Plan

PIPELINE = "fleet_stream"
COLUMNS = frozenset({"ts", "device", "sensor", "value"})
KEYS = ("device", "sensor")

LENGTH = timedelta(minutes=10)
SPEED = 20.0
DEVICES, SENSORS, FAULTS = 40, 5, 6
RATE = 2_000.0
BURST = Burst(start_s=18.0, length_s=4.0, factor=4.0)
DISORDER, DUPLICATES, GARBAGE = 0.01, 0.01, 0.003

LATENESS_S = 450.0
"""Longer than an interval: what is so late finds its interval scored, and has it scored again."""

LATE = 0.04
"""Only the last quarter of the stream can be so late: 4 % of it are 1 % of all."""


def check_stream(pipeline: Pipeline) -> None:
    """Raises UsageError if what is streamed is not what the pipeline reads."""
    grid_of(pipeline)
    fits = (
        isinstance(pipeline.source, EventsSource)
        and pipeline.keys == KEYS
        and COLUMNS.issuperset(pipeline.source_columns)
    )
    if not fits:
        raise UsageError(
            f"pipeline {pipeline.name!r} does not fit the demo's stream of {', '.join(KEYS)} and "
            "value: leave the second act out with --no-stream"
        )


def stream_of(pipeline: Pipeline) -> EventsSource:
    """The pipeline's stream. Raises TypeError if its source is none."""
    if not isinstance(pipeline.source, EventsSource):
        raise TypeError(f"pipeline {pipeline.name} has no stream but {pipeline.source.kind}")
    return pipeline.source


def stream_plan(pipeline: Pipeline, seed: int, now: datetime) -> Plan:
    """The stream that ends with the last interval that is over at `now`."""
    end = from_us(grid_floor(to_us(now), stream_of(pipeline).every_us))
    return Plan(
        start=end - LENGTH,
        seed=seed,
        devices=DEVICES,
        sensors=SENSORS,
        rate=RATE,
        duration_s=LENGTH.total_seconds() / SPEED,
        speed=SPEED,
        faults=FAULTS,
        bursts=(BURST,),
        late=LATE,
        lateness_s=LATENESS_S,
        disorder=DISORDER,
        duplicates=DUPLICATES,
        garbage=GARBAGE,
    )
