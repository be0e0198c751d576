"""The files of a part: its scores, row group by row group, and its quality note.

A file appears under its name when it is whole, and scoring again replaces it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

SCORES_SUFFIX = ".scores.parquet"
QUALITY_SUFFIX = ".quality.json"


@contextmanager
def scores_writer(path: Path, schema: pa.Schema) -> Iterator[pq.ParquetWriter]:
    """A writer of the scores file `path`, which appears when the block ends without an error."""
    with _whole(path) as passing, pq.ParquetWriter(passing, schema, compression="zstd") as writer:
        yield writer


def write_note(path: Path, content: str) -> None:
    """Writes a quality note."""
    with _whole(path) as passing:
        passing.write_text(content, encoding="utf-8")


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A passing name for `path`: nobody meets half a file, and none is left behind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    passing = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield passing
        passing.replace(path)
    finally:
        passing.unlink(missing_ok=True)
