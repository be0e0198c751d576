"""Parts as they are read: a parquet file, in batches of rows, in the types of the contract.

A part that lacks a column, or has it in another type, is the pipeline's mistake and no row's: it
fails as a whole, before anything is written. A row without a key or window end is rejected alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from batch.binning import Floats
from batch.errors import PartError
from batch.folder import ModelFolder

WINDOW_END = "window_end"
INSTANT = pa.timestamp("us", "UTC")


@dataclass(frozen=True)
class Batch:
    """Some rows of a part: `keys` strings, `end` timestamp[us, UTC], `features` float64."""

    keys: dict[str, pa.Array]
    end: pa.Array
    features: dict[str, pa.Array]

    def __len__(self) -> int:
        return len(self.end)

    @property
    def lineage(self) -> dict[str, pa.Array]:
        """The columns that say which window a row is."""
        return {**self.keys, WINDOW_END: self.end}

    def numbers(self) -> dict[str, Floats]:
        """The features, NaN where they are missing."""
        return {
            name: column.to_numpy(zero_copy_only=False) for name, column in self.features.items()
        }

    def frame(self) -> pd.DataFrame:
        """The windows as `predict` gets them."""
        columns = {**self.lineage, **self.features}
        frame: pd.DataFrame = pa.RecordBatch.from_pydict(columns).to_pandas()
        return frame


class PartReader:
    """An open part that fits a model."""

    def __init__(self, part: Path, folder: ModelFolder) -> None:
        """Raises PartError, which names all columns that are missing or of a wrong type."""
        self._folder = folder
        self._needs = [*folder.keys, WINDOW_END, *folder.features]
        try:
            # Buffering ahead would hold the whole file in memory.
            self._file = pq.ParquetFile(part, pre_buffer=False)
        except pa.ArrowInvalid as error:
            raise PartError(part.name, f"is not a parquet file: {error}") from error
        try:
            self._check(part.name, self._file.schema_arrow)
        except PartError:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def batches(self, rows: int) -> Iterator[Batch]:
        """The part's rows in their order, at most `rows` at a time."""
        for some in self._file.iter_batches(batch_size=rows, columns=self._needs):
            yield Batch(
                keys={name: some.column(name).cast(pa.string()) for name in self._folder.keys},
                end=pc.cast(some.column(WINDOW_END), INSTANT, safe=False),
                features={
                    name: pc.cast(some.column(name), pa.float64(), safe=False)
                    for name in self._folder.features
                },
            )

    def _check(self, part: str, schema: pa.Schema) -> None:
        problems = []
        missing = [name for name in self._needs if name not in schema.names]
        if missing:
            problems.append(f"lacks the columns {', '.join(missing)}")
        there = [name for name in self._folder.features if name not in missing]
        texts = [name for name in there if not _is_number(schema.field(name).type)]
        if texts:
            problems.append(f"has no numbers in the columns {', '.join(texts)}")
        if WINDOW_END not in missing and not _is_instant(schema.field(WINDOW_END).type):
            problems.append(f"has no timestamps in the column {WINDOW_END}")
        if problems:
            needs = ", ".join(self._needs)
            raise PartError(part, f"{' and '.join(problems)}; the model needs {needs}")


def _is_number(kind: pa.DataType) -> bool:
    types = pa.types
    numbers = (types.is_floating, types.is_integer, types.is_decimal, types.is_null)
    return any(is_kind(kind) for is_kind in numbers)


def _is_instant(kind: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(kind))
