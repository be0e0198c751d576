"""Parts in, scores out: reads a parquet file of windows, writes the file of their scores.

Every row of a part comes back as one row, in the same order, with its keys: a row that cannot be
scored has a reason and no score. A file appears under its name when it is whole.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from anomaly.bundle import Bundle
from anomaly.detector import Scored
from anomaly.errors import PartError
from anomaly.features import Floats

SUFFIX = ".scores.parquet"
WINDOW_END = "window_end"
INSTANT = pa.timestamp("us", "UTC")


def score_part(part: Path, bundle: Bundle, output_dir: Path) -> str:
    """Scores the windows in `part` into `output_dir`, as `<part's stem>.scores.parquet`.

    Returns one line: the part's name, its rows, and how many of them were rejected. Raises
    PartError if the part does not have the model's columns.
    """
    windows = read_part(part, bundle)
    detector = bundle.detector
    keys = [pc.cast(windows.column(name), pa.string()) for name in detector.keys.names]
    raw = np.column_stack([_numbers(windows.column(f.name)) for f in detector.features])
    scored = detector.score(keys, raw)
    write_scores(scores_table(windows, scored, bundle), output_dir / f"{part.stem}{SUFFIX}")
    return f"{part.name} {windows.num_rows} {scored.rejected}"


def read_part(part: Path, bundle: Bundle) -> pa.Table:
    """The columns of `part` that the model needs.

    Raises PartError if one is not there or of a wrong type.
    """
    schema = pq.read_schema(part)
    features = [f.name for f in bundle.detector.features]
    needs = [*bundle.detector.keys.names, WINDOW_END, *features]
    missing = [name for name in needs if name not in schema.names]
    if missing:
        raise PartError(part.name, "lacks the columns", missing, needs=needs)
    texts = [name for name in features if not _is_number(schema.field(name).type)]
    if texts:
        raise PartError(part.name, "has no numbers in the columns", texts, needs=needs)
    if not pa.types.is_timestamp(schema.field(WINDOW_END).type):
        raise PartError(part.name, "has no timestamps in the column", [WINDOW_END], needs=needs)
    return pq.read_table(part, columns=needs)


def scores_table(windows: pa.Table, scored: Scored, bundle: Bundle) -> pa.Table:
    """Keys, window_end (UTC), score, threshold, is_anomaly, model_version, rejected_reason.

    In a rejected row, score, threshold and is_anomaly are null: it is not known whether the window
    is an anomaly.
    """
    rejected = np.isnan(scored.score)
    rows = windows.num_rows
    columns = {name: windows.column(name) for name in bundle.detector.keys.names}
    columns[WINDOW_END] = windows.column(WINDOW_END).cast(INSTANT)
    columns["score"] = pa.array(scored.score, mask=rejected)
    columns["threshold"] = pa.array(scored.threshold, mask=rejected)
    columns["is_anomaly"] = pa.array(scored.is_anomaly, mask=rejected)
    columns["model_version"] = pa.array(np.full(rows, bundle.version, object), pa.string())
    columns["rejected_reason"] = pa.array(scored.reason, pa.string())
    return pa.table(columns)


def write_scores(table: pa.Table, path: Path) -> None:
    """Writes `table` under a passing name, then gives it its own: nobody meets half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    pq.write_table(table, temporary, compression="zstd")
    temporary.replace(path)


def _is_number(kind: pa.DataType) -> bool:
    numbers = (pa.types.is_floating, pa.types.is_integer, pa.types.is_null)
    return any(is_kind(kind) for is_kind in numbers)


def _numbers(column: pa.ChunkedArray) -> Floats:
    """The column as doubles, NaN where it is null."""
    doubles = pc.cast(column, pa.float64(), safe=False)
    values: Floats = doubles.to_numpy(zero_copy_only=False).astype(np.float64)
    return values
