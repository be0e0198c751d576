"""How the features and scores of a run looked, next to the data that its model was trained on.

The notes of all parts add up column by column. A column that was scored by two versions of a model
(a deployment was switched meanwhile) is measured once for each: their bins differ.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.quality_notes import NumbersNote, QualityNote, TruthNote
from domain.sketch import Sketch

SMALLEST_SHARE = 1e-4
"""In place of smaller shares, of which the logarithm would be large or infinite."""
NAMED = 5
"""So many notes that cannot be used are named."""


@dataclass(frozen=True)
class ColumnMeasure:
    """One column of a run; what cannot be said is None.

    `rows` counts all rows, `nulls` those without a finite value; the rest is about the others.
    """

    column_name: str
    role: str
    model_version: str
    rows: int
    nulls: int
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    psi: float | None = None
    share_true: float | None = None
    expected_true: float | None = None
    p50: float | None = None
    p90: float | None = None
    p99: float | None = None

    @property
    def values(self) -> int:
        """How many rows have a value."""
        return self.rows - self.nulls

    @property
    def share_null(self) -> float:
        """The share of rows without a value."""
        return self.nulls / self.rows if self.rows else 0.0


def psi(counts: Sequence[int], expected: Sequence[float]) -> float | None:
    """The population stability index: sum of (a - e) ln(a / e) over bins.

    a are the shares of `counts`, e the `expected` ones, both at least `SMALLEST_SHARE`. Siddiqi
    (2006), "Credit Risk Scorecards": up to 0.1 is no change to speak of, from 0.25 a major one.
    Yurdakul (2018), "Statistical Properties of Population Stability Index": without any change it
    is about (bins - 1) / n for n values, so it says little about a few.

    None without values, and where there is one bin only: then nothing was expected.
    """
    total = sum(counts)
    if not total or len(counts) < 2:
        return None
    found = 0.0
    for count, share in zip(counts, expected, strict=True):
        a, e = max(count / total, SMALLEST_SHARE), max(share, SMALLEST_SHARE)
        found += (a - e) * math.log(a / e)
    return found


class Numbers:
    """A column of numbers, added up."""

    def __init__(self, first: NumbersNote) -> None:
        self._role, self._edges, self._expected = first.role, first.edges, first.expected
        self._rows = self._nulls = 0
        self._min, self._max, self._sum = math.inf, -math.inf, 0.0
        self._counts = [0] * len(first.counts)
        self._sketch = Sketch(first.sketch.gamma) if first.sketch else None

    def fits(self, note: NumbersNote | TruthNote) -> bool:
        """Whether the note counts the same bins."""
        if not isinstance(note, NumbersNote):
            return False
        gamma = note.sketch.gamma if note.sketch else None
        mine = self._sketch.gamma if self._sketch else None
        return (note.edges, note.expected, gamma) == (self._edges, self._expected, mine)

    def add(self, note: NumbersNote) -> None:
        """Adds a note that fits."""
        self._rows += note.rows
        self._nulls += note.nulls
        self._sum += note.sum
        self._min = self._min if note.min is None else min(self._min, note.min)
        self._max = self._max if note.max is None else max(self._max, note.max)
        self._counts = [a + b for a, b in zip(self._counts, note.counts, strict=True)]
        if self._sketch and note.sketch:
            self._sketch.add(note.sketch)

    def measure(self, name: str, version: str) -> ColumnMeasure:
        """What the column looked like."""
        values = self._rows - self._nulls
        mean = self._sum / values if values else math.nan
        p50, p90, p99 = (self._quantile(q) for q in (0.5, 0.9, 0.99))
        return ColumnMeasure(
            column_name=name,
            role=self._role,
            model_version=version,
            rows=self._rows,
            nulls=self._nulls,
            minimum=_finite(self._min),
            maximum=_finite(self._max),
            mean=_finite(mean),
            psi=psi(self._counts, self._expected),
            p50=p50,
            p90=p90,
            p99=p99,
        )

    def _quantile(self, q: float) -> float | None:
        found = self._sketch.quantile(q) if self._sketch else None
        return None if found is None else _finite(min(max(found, self._min), self._max))


class Truths:
    """A boolean column, added up."""

    def __init__(self, first: TruthNote) -> None:
        self._role, self._expected = first.role, first.expected_true
        self._rows = self._nulls = self._true = 0

    def fits(self, note: NumbersNote | TruthNote) -> bool:
        """Whether the note expects the same."""
        return isinstance(note, TruthNote) and note.expected_true == self._expected

    def add(self, note: TruthNote) -> None:
        """Adds a note that fits."""
        self._rows += note.rows
        self._nulls += note.nulls
        self._true += note.true

    def measure(self, name: str, version: str) -> ColumnMeasure:
        """What the column looked like; its drift is that of two bins, true and false."""
        values, e = self._rows - self._nulls, self._expected
        counts = (self._true, values - self._true)
        return ColumnMeasure(
            column_name=name,
            role=self._role,
            model_version=version,
            rows=self._rows,
            nulls=self._nulls,
            share_true=self._true / values if values else None,
            expected_true=e,
            psi=None if e is None else psi(counts, (e, 1 - e)),
        )


@dataclass
class Gathered:
    """The notes of a run, added up one by one: its size is that of the columns, not of the notes.

    `missing` counts files of scores without a note; `unusable` notes that contradict themselves or
    the others, the first of which are `named` with the reason.
    """

    notes: int = 0
    missing: int = 0
    unusable: int = 0
    named: list[str] = field(default_factory=list)
    _columns: dict[tuple[str, str], Numbers | Truths] = field(default_factory=dict)

    def add(self, path: str, note: QualityNote) -> None:
        """Adds a note, or none of it."""
        for name, column in note.columns.items():
            known = self._columns.get((name, note.version))
            if known is not None and not known.fits(column):
                self.refuse(path, f"`{name}` must have the bins of the notes before")
                return
        self.notes += 1
        for name, column in note.columns.items():
            key = (name, note.version)
            if key not in self._columns:
                self._columns[key] = _kept(column)
            self._columns[key].add(column)  # type: ignore[arg-type] # it fits

    def refuse(self, path: str, why: str) -> None:
        """Counts a note that cannot be used."""
        self.unusable += 1
        if len(self.named) < NAMED:
            self.named.append(f"{path}: {why}")

    def measures(self) -> list[ColumnMeasure]:
        """All columns, by role, name and version of the model."""
        found = [kept.measure(*key) for key, kept in self._columns.items()]
        return sorted(found, key=lambda m: (m.role, m.column_name, m.model_version))


def _kept(first: NumbersNote | TruthNote) -> Numbers | Truths:
    return Truths(first) if isinstance(first, TruthNote) else Numbers(first)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
