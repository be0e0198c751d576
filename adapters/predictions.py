"""What a job wrote: parquet files in the lake, fetched and read in bounded batches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from adapters.lake import Lake
from domain.errors import PredictionsError

BATCH_ROWS = 20_000


class Predictions:
    """The parquet files under a job's output folder, as local copies in `target`."""

    def __init__(self, lake: Lake, folder: str, target: Path) -> None:
        """Fetches the files. Raises LakeError, TransientError."""
        self.folder = folder
        self.files: list[Path] = []
        for number, file in enumerate(lake.list(folder)):
            if file.path.endswith(".parquet"):
                local = target / f"{number:05d}.parquet"
                lake.download(file.path, local)
                self.files.append(local)

    def rows(self) -> int:
        """How many rows there are. Raises PredictionsError for a file that is no parquet."""
        try:
            return sum(int(pq.read_metadata(file).num_rows) for file in self.files)
        except pa.ArrowException as error:
            raise PredictionsError(f"{self.folder}: not readable as parquet: {error}") from error

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows, `BATCH_ROWS` at most at a time."""
        for file in self.files:
            with pq.ParquetFile(file) as parquet:
                yield from parquet.iter_batches(batch_size=BATCH_ROWS)
