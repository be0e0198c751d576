"""Two days of a made-up fleet: a quiet one to train on, and one with faults to be found."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from pathlib import Path

from demo.data import Data
from demo.errors import UsageError
from demo.faults import plan_faults
from demo.fleet import devices_for, make_fleet
from demo.lake import Lake
from demo.pipelines import grid_of
from demo.readings import SCHEMA, Day, write_day
from demo.screen import Step
from demo.training_windows import training_windows
from domain.pipeline import Pipeline

PIPELINE = "fleet_health"
BAD_ROWS = 24
LAKE_FOLDER = "raw/fleet"


def check_pipeline(pipeline: Pipeline) -> None:
    """Raises UsageError if the made-up readings are not what the pipeline reads, or if its windows
    are not for the demo."""
    grid_of(pipeline)
    source = pipeline.source
    columns = {source.timestamp, *source.key.values(), *pipeline.numeric_columns}
    fits = source.kind == "files" and source.path.startswith(f"{LAKE_FOLDER}/date=")
    if not fits or not columns <= set(SCHEMA.names):
        raise UsageError(
            f"there are no made-up data for pipeline {pipeline.name!r}: give a file of its own "
            f"with --input, or use --pipeline {PIPELINE}"
        )


def yesterday() -> date:
    """The last whole day, in UTC."""
    return datetime.now(UTC).date() - timedelta(days=1)


def generate(
    pipeline: Pipeline, *, day: date, events: int, seed: int, folder: Path, lake: Lake, step: Step
) -> Data:
    """Writes the day before `day` without faults, and `day` with them, into the lake.

    `events` readings each; `folder` holds the files meanwhile. Memory is that of one hour.
    """
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    fleet = make_fleet(devices_for(events), seed)
    faults = plan_faults(fleet, start, seed)
    quiet = Day(fleet, start - timedelta(days=1), events, seed)
    scored = Day(fleet, start, events, seed, faults, BAD_ROWS)
    files, written = [], 0
    for path, rows in chain(_put(quiet, folder, lake), _put(scored, folder, lake)):
        files.append(path)
        written += rows
        step.update(f"{written:,} of {2 * events:,} readings")
    half = len(files) // 2
    return Data(
        start=start,
        end=start + timedelta(days=1),
        events=events,
        training=training_windows(pipeline, files[:half]),
        faults=faults,
    )


def _put(day: Day, folder: Path, lake: Lake) -> Iterator[tuple[Path, int]]:
    date_folder = f"date={day.start:%Y-%m-%d}"
    for path, rows in write_day(day, folder / date_folder):
        lake.upload(path, f"{LAKE_FOLDER}/{date_folder}/{path.name}")
        yield path, rows
