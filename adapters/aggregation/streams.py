"""Brings the landed events of a slice into DuckDB, as `parsed`."""

from __future__ import annotations

from pathlib import Path

import duckdb

from adapters.aggregation.streams_sql import make_parsed
from adapters.lake import Lake
from adapters.streams.reading import fetch
from domain.intervals import labelled
from domain.pipeline import Pipeline
from domain.pipeline.events import EventsSource
from domain.raw_files import label_of
from domain.slices import Slice


def load_stream(
    database: duckdb.DuckDBPyConnection,
    lake: Lake,
    pipeline: Pipeline,
    source: EventsSource,
    one: Slice,
    folder: Path,
) -> None:
    """Fetches the slice's files and makes `parsed`. Raises LakeError and TransientError."""
    by_interval: dict[str, list[str]] = {}
    for piece in (*one.owned, *one.shared):
        by_interval.setdefault(label_of(piece.path), []).append(piece.path)
    files: list[Path] = []
    for label, paths in by_interval.items():
        interval = labelled(label, source.every_us)
        files += fetch(lake, pipeline.name, interval, paths, folder / label).files
    make_parsed(database, pipeline, files)
