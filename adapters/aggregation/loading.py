"""Loads a slice's events from wherever its pipeline says they are."""

from __future__ import annotations

from pathlib import Path

import duckdb

from adapters.aggregation import csv_files, reading, ready_made
from adapters.aggregation.streams import load_stream
from adapters.lake import Lake
from adapters.source_db import source_rows
from adapters.source_files.inspect import file_format
from domain.pipeline import Pipeline
from domain.pipeline.source import LakeFiles, TableSource, WindowsSource
from domain.slices import Slice
from domain.windows import from_us


def load_slice(
    database: duckdb.DuckDBPyConnection,
    *,
    lake: Lake,
    pipeline: Pipeline,
    one: Slice,
    folder: Path,
) -> None:
    """Makes the relation `raw` for a slice, or `parsed` if its events were checked before.

    Raises SourceError for input that does not fit, LakeError and TransientError from the lake.
    """
    source = pipeline.source
    if isinstance(source, LakeFiles):
        _load_files(database, lake, pipeline, source, one, folder)
    elif isinstance(source, TableSource):
        _load_table(database, pipeline, source, one)
    else:
        load_stream(database, lake, pipeline, source, one, folder)


def _load_table(
    database: duckdb.DuckDBPyConnection, pipeline: Pipeline, source: TableSource, one: Slice
) -> None:
    columns, origin = pipeline.source_columns, f"query of {source.database}"
    start, end = from_us(one.start_us - pipeline.reach_us), from_us(one.end_us)
    rows = source_rows(source.database, source.query, start, end, columns)
    reading.load_batches(database, rows, columns, origin)


def _load_files(
    database: duckdb.DuckDBPyConnection,
    lake: Lake,
    pipeline: Pipeline,
    source: LakeFiles,
    one: Slice,
    folder: Path,
) -> None:
    columns = pipeline.source_columns
    if isinstance(source, WindowsSource):
        pieces = (*one.owned, *one.shared)
        columns = ready_made.columns_to_read(lake, pipeline, source, pieces)
    files = [
        *reading.fetch(lake, one.owned, owned=True, columns=columns, folder=folder),
        *reading.fetch(lake, one.shared, owned=False, columns=columns, folder=folder),
    ]
    if not files:
        reading.load_batches(database, [], columns, "nothing")
    elif file_format(files[0].path, source) == "parquet":
        reading.load_parquet(database, files, columns)
    else:
        csv_files.load_csv(database, files, columns, source.delimiter)
