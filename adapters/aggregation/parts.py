"""Writes windows as parts: parquet files of about equal size, in the folders of their chunks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from adapters.lake import Lake
from domain import lake_paths


@dataclass(frozen=True)
class Part:
    """A part that was written: its chunk's folder in the lake, and how many windows it has."""

    folder: str
    path: str
    rows: int


def write_parquet(batches: pa.RecordBatchReader, target: Path) -> int:
    """Streams record batches into one parquet file (zstd). Answers the number of rows."""
    rows = 0
    with pq.ParquetWriter(target, batches.schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows


def write_parts(
    lake: Lake,
    windows: pa.RecordBatchReader,
    prefix: tuple[str, str, int],
    *,
    rows_per_part: int,
    parts_per_chunk: int,
    folder: Path,
) -> list[Part]:
    """Writes a slice's windows into the lake, and removes what an earlier try left behind.

    Args:
        lake: Where to.
        windows: Sorted by key, so that a part needs few models.
        prefix: Pipeline, run and number of the slice.
        rows_per_part, parts_per_chunk: Sizes.
        folder: A local folder for the part that is being written.
    """
    parts: list[Part] = []
    for number, tables in enumerate(_cut(windows, rows_per_part)):
        chunk = lake_paths.chunk_folder(*prefix, number // parts_per_chunk + 1)
        path = lake_paths.part(chunk, number % parts_per_chunk)
        local = folder / "part.parquet"
        rows = write_parquet(pa.RecordBatchReader.from_batches(windows.schema, tables), local)
        lake.upload(path, local)
        parts.append(Part(chunk, path, rows))
    written = {part.path for part in parts}
    for file in lake.list(lake_paths.slice_windows(*prefix)):
        if file.path not in written:
            lake.delete(file.path)
    return parts


def _cut(batches: pa.RecordBatchReader, rows: int) -> Iterator[list[pa.RecordBatch]]:
    """Groups of batches with `rows` rows each; the last may have fewer."""
    group: list[pa.RecordBatch] = []
    room = rows
    for whole in batches:
        batch = whole
        while batch.num_rows >= room:
            yield [*group, batch.slice(0, room)]
            batch, group, room = batch.slice(room), [], rows
        if batch.num_rows:
            group.append(batch)
            room -= batch.num_rows
    if group:
        yield group
