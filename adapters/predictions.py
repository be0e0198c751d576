"""What a job wrote: parquet files in the lake, fetched and read in bounded batches.

A script that appends rows to one file instead is read by `plain_predictions.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from adapters.lake import Lake
from adapters.plain_predictions import PlainFile
from domain.errors import PredictionsError
from domain.pipeline import Pipeline

BATCH_ROWS = 20_000


class Predictions(Protocol):
    """The scores of one job, as local copies."""

    folder: str

    def rows(self) -> dict[str, int]:
        """How many rows there are in each file, by its name. Raises PredictionsError."""

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows, `BATCH_ROWS` at most at a time. Raises PredictionsError."""


def fetch_predictions(lake: Lake, folder: str, target: Path, pipeline: Pipeline) -> Predictions:
    """Fetches the files under a job's output folder into `target`.

    Raises PredictionsError, LakeError, TransientError.
    """
    plain = pipeline.model.predictions
    if plain is None:
        return ParquetFiles(lake, folder, target)
    there = [file.path for file in lake.list(folder)]
    wanted = [path for path in there if path.rpartition("/")[2] == plain.file]
    if len(wanted) != 1:
        names = ", ".join(path.removeprefix(folder) for path in there[:20]) or "nothing"
        raise PredictionsError(f"{folder}: must hold one file {plain.file}; got {names}")
    local = target / "plain"
    lake.download(wanted[0], local)
    return PlainFile(folder, local, pipeline, plain, batch_rows=BATCH_ROWS)


class ParquetFiles:
    """The parquet files under a job's output folder."""

    def __init__(self, lake: Lake, folder: str, target: Path) -> None:
        """Fetches the files. Raises LakeError, TransientError."""
        self.folder = folder
        self.files: dict[str, Path] = {}
        for number, file in enumerate(lake.list(folder)):
            if file.path.endswith(".parquet"):
                local = target / f"{number:05d}.parquet"
                lake.download(file.path, local)
                self.files[file.path.removeprefix(folder)] = local

    def rows(self) -> dict[str, int]:
        """How many rows each file has. Raises PredictionsError for a file that is no parquet."""
        try:
            return {n: int(pq.read_metadata(file).num_rows) for n, file in self.files.items()}
        except pa.ArrowException as error:
            raise PredictionsError(f"{self.folder}: not readable as parquet: {error}") from error

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows, `BATCH_ROWS` at most at a time."""
        for file in self.files.values():
            with pq.ParquetFile(file) as parquet:
                yield from parquet.iter_batches(batch_size=BATCH_ROWS)
