"""What the scoring jobs note is what the app reads: two rooms that do not know each other."""

from __future__ import annotations

import json
import math

import numpy as np

from batch.quality import KINDS, OTHER, Booleans, Numbers
from batch.sketch import Sketch
from domain.rejections import Rejection
from tests.domain.notes import EDGES, EXPECTED, note, numbers, parsed, truths

VALUES = [None, -3.5, -1.0, -1e-300, 0.0, 0.5, 1.0, 1.0000001, 7e250]
STATISTICS = {"edges": list(EDGES), "expected": list(EXPECTED)}


def test_columns_are_counted_as_the_app_expects_it() -> None:
    """Bin by bin, index by index: the notes that the app's tests write are those of a job."""
    values = np.array([math.nan if v is None else v for v in VALUES])
    for role, sketch in (("feature", None), ("output", Sketch())):
        column = Numbers(role, STATISTICS, sketch)
        column.add(values, np.True_)
        written = json.loads(json.dumps(column.content(), allow_nan=False))
        mine = parsed(note(x=numbers(VALUES, role)))
        assert parsed(note(x=written)) == mine
    truth = Booleans({"expected_true": 0.05})
    truth.add(np.array([True, False, True]), np.array([True, True, False]))
    expected = parsed(note(odd=truths([True, False, None])))
    assert parsed(note(odd=truth.content())) == expected


def test_a_column_without_statistics_is_read() -> None:
    """One bin: nothing is expected of it."""
    column = Numbers("feature", {})
    column.add(np.array([1.0, math.inf]), np.True_)
    read = parsed(note(x=column.content())).columns["x"]
    assert (read.rows, read.nulls) == (2, 1)


def test_both_sort_reasons_alike() -> None:
    """By the same words."""
    assert {*KINDS, OTHER} == {kind.value for kind in Rejection}
