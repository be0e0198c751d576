"""A file of the user's own: checked before anything is started, then put into the lake."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from demo.data import Data
from demo.errors import UsageError
from demo.events_sql import connect, events_sql, files_sql
from demo.lake import Lake
from demo.pipelines import grid_of
from demo.training_windows import training_windows
from domain.pipeline import Pipeline
from domain.windows import from_us, window_ends

ENDINGS = (".parquet", ".csv", ".csv.gz")
TRAINING_SHARE = 0.6
LAKE_FOLDER = "raw/input"
OTHER_SOURCES = {"table": "a table", "events": "a stream", "windows": "ready-made windows"}
UNSAFE = r"[^a-z0-9._-]"  # a path in the lake is a pattern to the app: no *, {, / in a name


@dataclass(frozen=True)
class UserFile:
    """A file that fits a pipeline; `first` and `last` are its earliest and latest instants."""

    path: Path
    rows: int
    first: datetime
    last: datetime


def check_file(path: Path, pipeline: Pipeline) -> UserFile:
    """Looks at the file. Raises UsageError, in one line, if the pipeline cannot read it."""
    if pipeline.source.kind != "files":
        raise UsageError(
            f"pipeline {pipeline.name!r} reads {OTHER_SOURCES[pipeline.source.kind]}, not files of "
            "events: --input is not for it"
        )
    grid_of(pipeline)
    if not path.is_file():
        raise UsageError(f"{path}: there is no such file")
    if not path.name.lower().endswith(ENDINGS):
        raise UsageError(f"{path}: must end in {', '.join(ENDINGS)}")
    if path.stat().st_size == 0:
        raise UsageError(f"{path}: is empty")
    try:
        with connect(pipeline) as connection:
            return _look_into(connection, path, pipeline)
    except duckdb.Error as error:
        reason = str(error).strip().splitlines()[0]
        raise UsageError(f"{path}: cannot be read: {reason}") from error


def put_file(file: UserFile, pipeline: Pipeline, lake: Lake) -> Data:
    """Puts the file into the lake; the first part of its time is what the model learns from.

    The span to score begins and ends on the grid of the pipeline's windows, so that every window
    with an event in it is inside.
    """
    target = f"{LAKE_FOLDER}/{re.sub(UNSAFE, '_', file.path.name.lower())}"
    lake.upload(file.path, target)
    windows = training_windows(pipeline, [file.path])
    cut = file.first + TRAINING_SHARE * (file.last - file.first)
    start, end = _span(file, pipeline)
    return Data(
        start=start,
        end=end,
        events=file.rows,
        training=windows[windows["window_end"] <= cut],
        input=target,
        learned_until=cut,
    )


def _look_into(connection: duckdb.DuckDBPyConnection, path: Path, pipeline: Pipeline) -> UserFile:
    found = connection.execute(f"DESCRIBE SELECT * FROM {files_sql(pipeline, [path])}").fetchall()
    names = [str(row[0]) for row in found]
    missing = [column for column in pipeline.source_columns if column not in names]
    if missing:
        raise UsageError(
            f"{path}: has no column {', '.join(missing)}, which pipeline {pipeline.name!r} reads; "
            f"it has {', '.join(names)}"
        )
    rows = connection.execute(f"SELECT count(*) FROM {files_sql(pipeline, [path])}").fetchone()
    span = connection.execute(
        f"SELECT min(at_us), max(at_us) FROM ({events_sql(pipeline, [path])})"
    ).fetchone()
    if rows is None or span is None or span[0] is None:
        raise UsageError(f"{path}: has no row with a timestamp and a key")
    return UserFile(path, int(rows[0]), from_us(span[0]), from_us(span[1]))


def _span(file: UserFile, pipeline: Pipeline) -> tuple[datetime, datetime]:
    """Whole seconds around the first and the last window that hold an event."""
    windows = grid_of(pipeline)

    def ends(instant: datetime) -> list[int]:
        us = (instant - from_us(0)) // timedelta(microseconds=1)
        return window_ends(us, windows.size_us, windows.hop_us, windows.offset_us, windows.closed)

    before = from_us(ends(file.first)[0] - windows.hop_us)
    after = from_us(ends(file.last)[-1])
    whole = after.replace(microsecond=0)
    return before.replace(microsecond=0), whole if whole == after else whole + timedelta(seconds=1)
