"""Loads a slice's events from wherever its pipeline says they are."""

from __future__ import annotations

from pathlib import Path

import duckdb

from adapters.aggregation import csv_files, reading
from adapters.lake import Lake
from adapters.source_db import source_rows
from adapters.source_files.inspect import file_format
from domain.pipeline import Pipeline
from domain.pipeline.source import FilesSource
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
    """Makes the relation `raw` for a slice.

    Raises SourceError for input that does not fit, LakeError and TransientError from the lake.
    """
    source, columns = pipeline.source, pipeline.source_columns
    if not isinstance(source, FilesSource):
        start_us = one.start_us - pipeline.windows.size_us
        rows = source_rows(
            source.database, source.query, from_us(start_us), from_us(one.end_us), columns
        )
        reading.load_batches(database, rows, columns, f"query of {source.database}")
        return
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
