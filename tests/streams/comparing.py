"""Compares what was computed with what is defined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from domain.intervals import Interval
from tests.adapters.aggregation.reference import same

Windows = Mapping[Interval, Sequence[Mapping[str, Any]]]


def assert_same_windows(found: Windows, wanted: Windows) -> None:
    """The same intervals have windows, and these are equal, up to the order of additions."""
    assert {one.label for one in found} == {one.label for one in wanted}
    for interval, windows in wanted.items():
        rows = found[interval]
        assert len(rows) == len(windows), (interval.label, rows, windows)
        for row, window in zip(rows, windows, strict=True):
            assert all(same(row[name], value) for name, value in window.items()), (row, window)
