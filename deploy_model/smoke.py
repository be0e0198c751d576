"""The smoke job of a deployment, as data: its name, its windows, and what its answer must be.

The name is made from what is deployed, so the proof of a deployment is found again by whoever looks
for it: a job that has completed under that name, with predictions that are right.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from deploy_model.errors import UsageError
from deploy_model.model_folder import LocalModel
from deploy_model.one_line import one_line
from deploy_model.planning import Value

WINDOWS_FILE, STATISTICS_FILE, KEYS_FILE = "smoke.parquet", "statistics.json", "keys.parquet"
MOST_WINDOWS = 8
WINDOW_END, MODEL_VERSION, REJECTED = "window_end", "model_version", "rejected_reason"
INSTANT = pa.timestamp("us", "UTC")
WORDS_ONLY = frozenset({"description"})
"""Fields of a deployment that say nothing about how it scores."""


def job_name(endpoint: str, deployment: str, version: str, fields: Mapping[str, Value]) -> str:
    """The name of the smoke job, without the number of the attempt.

    `fields` are the deployment's: another code, environment or setting is another proof.
    """
    told = {k: v for k, v in fields.items() if k not in WORDS_ONLY and not k.startswith("tags.")}
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:8]
    # A version may have dots, the name of a job may not.
    return f"smoke-{endpoint}-{deployment}-{version}-{digest}".replace(".", "-")


def smoke_windows(model: LocalModel) -> bytes:
    """A few windows as a parquet file: the model's own, or known keys with features at their means.

    Raises UsageError if the model's folder has neither.
    """
    own = model.folder / WINDOWS_FILE
    if own.is_file():
        return own.read_bytes()
    means, keys = _means(model), _keys(model)
    columns: dict[str, Any] = {name: pa.array(keys[name], pa.string()) for name in model.keys}
    rows = len(next(iter(keys.values()))) if keys else 1
    columns[WINDOW_END] = pa.array([_window_end(model)] * rows, INSTANT)
    for name in model.features:
        columns[name] = pa.array([means[name]] * rows, pa.float64())
    file = BytesIO()
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


def problems_of(model: LocalModel, windows: bytes, predictions: Iterable[BytesIO]) -> list[str]:
    """What is wrong with a smoke job's predictions; empty if they prove the deployment.

    Every window has one row, no row is rejected, and all are by the model's version.
    """
    by = [*model.keys, WINDOW_END]
    tables = [pq.read_table(file) for file in predictions]
    if not tables:
        return [
            "it wrote no parquet file of predictions; for a script that appends rows: --no-smoke"
        ]
    missing = sorted({name for t in tables for name in by if name not in t.schema.names})
    if missing:
        return [f"its predictions lack the columns {', '.join(missing)}"]
    problems = _row_problems(_rows(pq.read_table(BytesIO(windows)), by), tables, by)
    reasons = _values(tables, REJECTED)
    if reasons:
        problems.append(f"{len(reasons)} windows were rejected; the first: {one_line(reasons[0])}")
    versions = sorted(set(_values(tables, MODEL_VERSION)))
    if versions != [model.version]:
        got = ", ".join(map(one_line, versions)) or "none"
        problems.append(f"`{MODEL_VERSION}` must be {model.version}; got {got}")
    return problems


def _row_problems(wanted: Counter[Any], tables: list[pa.Table], by: list[str]) -> list[str]:
    got: Counter[Any] = Counter()
    for table in tables:
        got.update(_rows(table, by))
    if got == wanted:
        return []
    lost, extra = (wanted - got).total(), (got - wanted).total()
    return [f"each window must have one row: {lost} have none, {extra} rows are too many"]


def _rows(table: pa.Table, by: list[str]) -> Counter[Any]:
    columns = [
        table.column(name).cast(INSTANT if name == WINDOW_END else pa.string()).to_pylist()
        for name in by
    ]
    return Counter(zip(*columns, strict=True))


def _values(tables: list[pa.Table], column: str) -> list[str]:
    found = [t.column(column).to_pylist() for t in tables if column in t.schema.names]
    return [str(value) for values in found for value in values if value is not None]


def _means(model: LocalModel) -> dict[str, float | None]:
    path = model.folder / STATISTICS_FILE
    try:
        columns = json.loads(path.read_text(encoding="utf-8"))["columns"]
        means = {name: columns[name]["mean"] for name in model.features}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"no smoke windows can be made: {model.folder} has neither {WINDOWS_FILE} nor a "
            f"{STATISTICS_FILE} with the mean of each feature; --no-smoke goes without"
        ) from error
    return {k: float(v) if v is not None and math.isfinite(v) else None for k, v in means.items()}


def _keys(model: LocalModel) -> dict[str, list[str]]:
    """Some of the known keys, spread over all of them; made up ones for a model that knows none."""
    path = model.folder / KEYS_FILE
    if not path.is_file():
        return {name: ["smoke-1", "smoke-2"] for name in model.keys}
    table = pq.read_table(path, columns=model.keys)
    step = max(1, table.num_rows // MOST_WINDOWS)
    chosen = table.take(list(range(0, table.num_rows, step))[:MOST_WINDOWS])
    return {name: [str(v) for v in chosen.column(name).to_pylist()] for name in model.keys}


def _window_end(model: LocalModel) -> datetime:
    """The end of what the model was trained on: without a clock, a model has the same windows."""
    try:
        end = datetime.fromisoformat(str(model.meta["trained"]["to"]))
    except (KeyError, TypeError, ValueError):
        return datetime(2026, 1, 1, tzinfo=UTC)
    return end if end.tzinfo else end.replace(tzinfo=UTC)
