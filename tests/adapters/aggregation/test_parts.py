"""Windows are written as parts of an exact size, in the folders of their chunks."""

from __future__ import annotations

import io
import math
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from adapters.aggregation import aggregate, write_parquet, write_parts
from adapters.aggregation.parts import Part
from adapters.lake import Lake
from domain import lake_paths
from domain.windows import to_us
from tests.adapters.aggregation.running import LIMITS, from_parquet
from tests.adapters.pipelines import instant, reading_pipeline

pytestmark = pytest.mark.xdist_group("cloud")

SCHEMA = pa.schema({"n": pa.int64()})


def _reader(rows: int, batch: int) -> pa.RecordBatchReader:
    numbers = pa.RecordBatch.from_pydict({"n": list(range(rows))}, SCHEMA)
    batches = [numbers.slice(at, batch) for at in range(0, rows, batch)]
    return pa.RecordBatchReader.from_batches(SCHEMA, batches)


def _write(
    lake: Lake, here: Path, run: str, rows: int, batch: int, size: int, per_chunk: int = 3
) -> list[Part]:
    return write_parts(
        lake,
        _reader(rows, batch),
        ("fleet", run, 1),
        rows_per_part=size,
        parts_per_chunk=per_chunk,
        folder=here,
    )


def _read(lake: Lake, path: str) -> pa.Table:
    [size] = [file.size for file in lake.list(path)]
    return pq.read_table(io.BytesIO(lake.read_range(path, 0, size)))


@pytest.mark.parametrize(
    ("rows", "batch", "size"),
    [(0, 5, 10), (1, 5, 10), (10, 10, 10), (25, 7, 5), (25, 100, 4), (26, 3, 13), (9, 1, 2)],
)
def test_parts_and_chunks_have_their_size(
    lake: Lake, tmp_path: Path, folder: str, rows: int, batch: int, size: int
) -> None:
    """Every part but the last has `rows_per_part` rows, every folder `parts_per_chunk` parts."""
    run = folder.replace("/", "-")
    parts = _write(lake, tmp_path, run, rows, batch, size)
    full, rest = divmod(rows, size)
    assert [part.rows for part in parts] == [size] * full + [rest] * bool(rest)
    tables = [_read(lake, part.path) for part in parts]
    assert [n for table in tables for n in table["n"].to_pylist()] == list(range(rows))
    for number, part in enumerate(parts):
        chunk = lake_paths.chunk_folder("fleet", run, 1, number // 3 + 1)
        assert (part.folder, part.path) == (chunk, lake_paths.part(chunk, number % 3))
    listed = [file.path for file in lake.list(lake_paths.slice_windows("fleet", run, 1))]
    assert listed == [part.path for part in parts]
    assert len({part.folder for part in parts}) == math.ceil(len(parts) / 3)


def test_an_earlier_try_leaves_nothing_behind(lake: Lake, tmp_path: Path, folder: str) -> None:
    """What another try wrote and this one does not is removed; other slices stay."""
    run = folder.replace("/", "-")
    _write(lake, tmp_path, run, 30, 10, 2)
    neighbour = lake_paths.part(lake_paths.chunk_folder("fleet", run, 2, 1), 0)
    lake.write_json(neighbour, 1)
    parts = _write(lake, tmp_path, run, 5, 10, 2)
    root = lake_paths.slice_windows("fleet", run, 1)
    assert [file.path for file in lake.list(root)] == [part.path for part in parts]
    assert [file.path for file in lake.list(neighbour)] == [neighbour]


def test_parts_are_compressed_and_stand_alone(tmp_path: Path) -> None:
    """A part is parquet with zstd, and keeps the schema of its windows even without rows."""
    for rows in (0, 100):
        assert write_parquet(_reader(rows, 10), tmp_path / "part") == rows
        with pq.ParquetFile(tmp_path / "part") as parquet:
            assert parquet.schema_arrow.equals(SCHEMA)
            groups = [parquet.metadata.row_group(g) for g in range(parquet.num_row_groups)]
        assert {group.column(0).compression for group in groups} <= {"ZSTD"}
        assert sum(group.num_rows for group in groups) == rows


def test_parts_hold_neighbouring_keys(lake: Lake, tmp_path: Path, folder: str) -> None:
    """Windows are cut in the order of keys and time, so that a part needs few models."""
    pipeline = reading_pipeline()
    noon = to_us(instant("2026-01-01T12:00"))
    minutes = [noon + minute * 60_000_000 for minute in range(0, 600, 5)]
    keys = [f"d{number}" for number in range(10)]
    table = pa.table(
        {
            "ts": pa.array([us for us in minutes for _ in keys], pa.timestamp("us", "UTC")),
            "device": keys * len(minutes),
            "value": [1.0] * len(keys) * len(minutes),
        }
    )
    load = from_parquet(pipeline, tmp_path, [table])
    run, end = folder.replace("/", "-"), noon + 10 * 3_600_000_000
    with aggregate(pipeline, noon - 1, end, load, tmp_path, LIMITS) as found:
        parts = write_parts(
            lake,
            found.windows,
            ("reading", run, 1),
            rows_per_part=120,
            parts_per_chunk=4,
            folder=tmp_path,
        )
    tables = [_read(lake, part.path) for part in parts]
    assert [set(table["device"].to_pylist()) for table in tables] == [{key} for key in keys]
    assert all(t["window_end"].to_pylist() == sorted(t["window_end"].to_pylist()) for t in tables)
