"""Quality notes as a scoring job writes them, from plain values."""

from __future__ import annotations

import json
import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from typing import Any

from domain.quality_notes import QualityNote, parse_note

GAMMA = 1.02
EDGES = (-1.0, 0.0, 1.0)
EXPECTED = (0.1, 0.4, 0.4, 0.1)


def numbers(
    values: Sequence[float | None],
    role: str = "feature",
    edges: Sequence[float] = EDGES,
    expected: Sequence[float] = EXPECTED,
) -> dict[str, Any]:
    """A column of numbers; outputs have a sketch."""
    there = [value for value in values if value is not None]
    counts = [0] * (len(edges) + 1)
    for value in there:
        counts[bisect_left(edges, value)] += 1
    column = {
        "role": role,
        "rows": len(values),
        "nulls": len(values) - len(there),
        "min": min(there, default=None),
        "max": max(there, default=None),
        "sum": sum(there),
        "edges": list(edges),
        "expected": list(expected),
        "counts": counts,
    }
    return column | {"sketch": sketch(there)} if role == "output" else column


def sketch(values: Sequence[float]) -> dict[str, Any]:
    """The values by their logarithm."""
    above = Counter(str(index(value)) for value in values if value > 0)
    below = Counter(str(index(-value)) for value in values if value < 0)
    zero = len(values) - above.total() - below.total()
    return {"gamma": GAMMA, "zero": zero, "positive": dict(above), "negative": dict(below)}


def index(size: float) -> int:
    """The index of a value above 0."""
    return math.ceil(math.log(size) / math.log(GAMMA))


def truths(values: Sequence[bool | None], expected_true: float | None = 0.05) -> dict[str, Any]:
    """A boolean output."""
    return {
        "role": "output",
        "rows": len(values),
        "nulls": sum(value is None for value in values),
        "true": sum(value is True for value in values),
        "expected_true": expected_true,
    }


def note(version: str = "v1", **columns: dict[str, Any]) -> dict[str, Any]:
    """A note about these columns."""
    rows = max((column["rows"] for column in columns.values()), default=0)
    head = {"schema_version": 1, "model": "fleet", "version": version, "rows": rows}
    return {**head, "rejected": {}, "columns": columns}


def body(content: dict[str, Any]) -> bytes:
    """As it lies in the lake."""
    return json.dumps(content).encode()


def parsed(content: dict[str, Any]) -> QualityNote:
    """As it is read."""
    return parse_note(body(content))
