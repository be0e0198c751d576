"""Runs aggregations for tests: from the bytes of files to windows as plain Python values."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from adapters.aggregation import Limits, aggregate
from adapters.aggregation.csv_files import load_csv
from adapters.aggregation.reading import LocalFile, load_parquet
from domain.pipeline import Pipeline
from domain.windows import to_us
from tests.adapters.pipelines import instant

Load = Callable[[duckdb.DuckDBPyConnection], None]
Row = dict[str, Any]

LIMITS = Limits("256MB", 1)
EARLY = to_us(instant("0001-01-02"))
LATE = to_us(instant("9999-12-30"))
NOON = "2026-01-01T12:00:00Z"


@dataclass(frozen=True)
class Outcome:
    """What an aggregation came to; instants of windows in microseconds since 1970."""

    read: int
    quarantined: int
    duplicates: int
    schema: pa.Schema
    windows: list[Row]
    bad: list[Row]

    @property
    def reasons(self) -> list[str]:
        """Why events were quarantined, sorted."""
        return sorted(row["reason"] for row in self.bad)

    def column(self, name: str) -> list[Any]:
        """A column of the windows."""
        return [row[name] for row in self.windows]


def run(pipeline: Pipeline, load: Load, start_us: int = EARLY, end_us: int = LATE) -> Outcome:
    """Aggregates what `load` brings in, by default over all of time."""
    with (
        tempfile.TemporaryDirectory() as folder,
        aggregate(pipeline, start_us, end_us, load, Path(folder), LIMITS) as found,
    ):
        windows = found.windows.read_all()
        bad = found.quarantined().read_all().to_pylist()
        return Outcome(
            found.events_read,
            found.events_quarantined,
            found.events_duplicate,
            windows.schema,
            _in_microseconds(windows).to_pylist(),
            bad,
        )


def from_csv(
    pipeline: Pipeline, folder: Path, contents: Mapping[str, bytes], *, owned: bool = True
) -> Load:
    """Loads CSV files of these contents, by name."""
    files = []
    for number, (name, content) in enumerate(contents.items()):
        ending = ".gz" if name.lower().endswith(".gz") else ""
        local = folder / f"owned-{number:05d}{ending}"
        local.write_bytes(content)
        files.append(LocalFile(local, name, owned))
    delimiter = getattr(pipeline.source, "delimiter", ",")
    return lambda database: load_csv(database, files, pipeline.source_columns, delimiter)


def from_parquet(
    pipeline: Pipeline, folder: Path, tables: Sequence[pa.Table], *, owned: bool = True
) -> Load:
    """Loads these tables, each as one parquet file: `0.parquet` and so on."""
    files = []
    for number, table in enumerate(tables):
        local = folder / f"{'owned' if owned else 'shared'}-{number:05d}"
        pq.write_table(table, local)
        files.append(LocalFile(local, f"{number}.parquet", owned))
    return lambda database: load_parquet(database, files, pipeline.source_columns)


def run_csv(pipeline: Pipeline, content: bytes | str, name: str = "raw/a.csv") -> Outcome:
    """Aggregates one CSV file."""
    data = content.encode() if isinstance(content, str) else content
    with tempfile.TemporaryDirectory() as folder:
        return run(pipeline, from_csv(pipeline, Path(folder), {name: data}))


def run_parquet(pipeline: Pipeline, *tables: pa.Table) -> Outcome:
    """Aggregates parquet files."""
    with tempfile.TemporaryDirectory() as folder:
        return run(pipeline, from_parquet(pipeline, Path(folder), tables))


def _in_microseconds(windows: pa.Table) -> pa.Table:
    for name in ("window_start", "window_end"):
        place = windows.schema.get_field_index(name)
        windows = windows.set_column(place, name, pc.cast(windows[name], pa.int64()))
    return windows
