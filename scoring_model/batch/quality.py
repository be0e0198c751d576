"""Quality notes: what a part's features and scores looked like, beside its scores.

Counts only, so that the notes of many parts add up to those of a run, a day or a month. They are
about all rows of a part, also those that were rejected: a column that goes missing is quality, too.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from batch.binning import Floats, count, finite
from batch.folder import ModelFolder
from batch.sketch import Sketch

SCHEMA_VERSION = 1
KINDS = ("unknown key", "schema", "model error", "nan")
OTHER = "other"

Flags = npt.NDArray[np.bool_]


class _Column(Protocol):
    def add(self, values: npt.NDArray[Any], there: Flags) -> None: ...

    def content(self) -> dict[str, Any]: ...


class Notes:
    """The notes of one part, gathered batch by batch."""

    def __init__(self, folder: ModelFolder) -> None:
        self._folder = folder
        self.rows = 0
        self._rejected: Counter[str] = Counter()
        self._features = {
            name: Numbers("feature", folder.statistics.get(name, {})) for name in folder.features
        }
        self._outputs: dict[str, _Column] = {}
        for name, kind in folder.outputs.items():
            expected = folder.statistics.get(name, {})
            if kind.startswith("boolean"):
                self._outputs[name] = Booleans(expected)
            elif not kind.startswith("string"):
                self._outputs[name] = Numbers("output", expected, Sketch())

    def add_features(self, values: Mapping[str, Floats]) -> None:
        """Counts a batch's features as they came; NaN is missing."""
        for name, column in self._features.items():
            column.add(values[name], np.True_)

    def add_outputs(
        self, values: Mapping[str, npt.NDArray[Any]], there: Mapping[str, Flags]
    ) -> None:
        """Counts a batch's outputs; a value that is not `there` is missing."""
        for name, column in self._outputs.items():
            column.add(values[name], there[name])

    def add_rows(self, rows: int, reasons: npt.NDArray[np.object_]) -> None:
        """Counts a batch's rows and the `reasons` of those that were rejected."""
        self.rows += rows
        self._rejected.update(kind_of(reason) for reason in reasons)

    @property
    def rejected(self) -> int:
        """How many rows were rejected."""
        return self._rejected.total()

    def content(self) -> str:
        """The note as JSON."""
        columns = {name: column.content() for name, column in self._features.items()}
        columns |= {name: column.content() for name, column in self._outputs.items()}
        note = {
            "schema_version": SCHEMA_VERSION,
            "model": self._folder.name,
            "version": self._folder.version,
            "rows": self.rows,
            "rejected": dict(sorted(self._rejected.items())),
            "columns": columns,
        }
        return json.dumps(note, allow_nan=False, separators=(",", ":")) + "\n"


class Numbers:
    """Numbers of a column: counts in the bins of the training data, and sums."""

    def __init__(
        self, role: str, expected: Mapping[str, Any], sketch: Sketch | None = None
    ) -> None:
        self._role = role
        self._edges = np.asarray(expected.get("edges", []), dtype=np.float64)
        self._expected = list(expected.get("expected", [1.0]))
        self._counts = np.zeros(len(self._edges) + 1, dtype=np.int64)
        self._rows = 0
        self._sum, self._min, self._max = 0.0, np.inf, -np.inf
        self._sketch = sketch

    def add(self, values: npt.NDArray[Any], there: Flags | np.bool_) -> None:
        """Counts `values`; those that are not `there`, not numbers or infinite are nulls."""
        self._rows += len(values)
        good = finite(np.where(there, values, np.nan))
        if not good.size:
            return
        self._counts += count(good, self._edges)
        self._sum = _bounded(self._sum + _sum(good))
        self._min = min(self._min, float(good.min()))
        self._max = max(self._max, float(good.max()))
        if self._sketch is not None:
            self._sketch.add(good)

    def content(self) -> dict[str, Any]:
        """What the column looked like, as JSON."""
        good = int(self._counts.sum())
        content = {
            "role": self._role,
            "rows": self._rows,
            "nulls": self._rows - good,
            "min": self._min if good else None,
            "max": self._max if good else None,
            "sum": self._sum,
            "edges": self._edges.tolist(),
            "expected": self._expected,
            "counts": self._counts.tolist(),
        }
        return content if self._sketch is None else {**content, "sketch": self._sketch.content()}


class Booleans:
    """Truth values of a column."""

    def __init__(self, expected: Mapping[str, Any]) -> None:
        self._expected = expected.get("expected_true")
        self._rows = self._nulls = self._true = 0

    def add(self, values: npt.NDArray[Any], there: Flags) -> None:
        """Counts `values`; those that are not `there` are nulls."""
        self._rows += len(values)
        self._nulls += len(values) - int(there.sum())
        self._true += int((values & there).sum())

    def content(self) -> dict[str, Any]:
        """What the column looked like, as JSON."""
        return {
            "role": "output",
            "rows": self._rows,
            "nulls": self._nulls,
            "true": self._true,
            "expected_true": self._expected,
        }


def kind_of(reason: str) -> str:
    """The kind that `rejected_reason` begins with."""
    kind = reason.split(":", 1)[0]
    return kind if kind in KINDS else OTHER


def _sum(values: Floats) -> float:
    with np.errstate(over="ignore", invalid="ignore"):
        return float(values.sum())


def _bounded(value: float) -> float:
    """The largest double in place of an infinite one, which JSON does not know."""
    return float(np.nan_to_num(value))
