"""Notes of parts add up to what a straight computation over all rows says."""

from __future__ import annotations

import math
import statistics
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.quality import ColumnMeasure, Gathered, psi
from domain.quality_notes import parse_note
from tests.domain.notes import EXPECTED, body, note, numbers, parsed, truths

FINITE = st.floats(-1e12, 1e12, allow_nan=False).map(lambda x: 0.0 if abs(x) < 1e-9 else x)
VALUES = st.lists(st.none() | FINITE, max_size=60)
PARTS = st.lists(VALUES, min_size=1, max_size=6)


def gathered(*contents: dict[str, Any]) -> Gathered:
    """The notes, added up."""
    found = Gathered()
    for number, content in enumerate(contents):
        found.add(f"part-{number}", parsed(content))
    return found


def measure(*contents: dict[str, Any]) -> ColumnMeasure:
    """The only column of the notes."""
    [found] = gathered(*contents).measures()
    return found


@given(PARTS)
@settings(max_examples=60, deadline=None)
def test_parts_add_up_to_the_whole(parts: list[list[float | None]]) -> None:
    """Counts, extremes, mean and drift of many notes are those of all values at once."""
    found = measure(*(note(x=numbers(values)) for values in parts))
    there = [value for values in parts for value in values if value is not None]
    rows = sum(map(len, parts))
    assert (found.rows, found.nulls) == (rows, rows - len(there))
    assert (found.minimum, found.maximum) == (min(there, default=None), max(there, default=None))
    if not there:
        assert (found.mean, found.psi) == (None, None)
        return
    assert found.mean == pytest.approx(statistics.fmean(there), rel=1e-9, abs=1e-3)
    shares = [sum(low < x <= high for x in there) / len(there) for low, high in bins()]
    expected = sum(
        (max(a, 1e-4) - e) * math.log(max(a, 1e-4) / e)
        for a, e in zip(shares, EXPECTED, strict=True)
    )
    assert found.psi == pytest.approx(expected, rel=1e-9, abs=1e-12)


def bins() -> list[tuple[float, float]]:
    """What lies between the edges of the samples, the upper one included."""
    return [(-math.inf, -1), (-1, 0), (0, 1), (1, math.inf)]


@given(PARTS.filter(lambda parts: any(x is not None for values in parts for x in values)))
@settings(max_examples=60, deadline=None)
def test_quantiles_are_within_one_percent(parts: list[list[float | None]]) -> None:
    """Of the value that has the rank when all are sorted, and never beyond the extremes."""
    found = measure(*(note(x=numbers(values, "output")) for values in parts))
    there = sorted(value for values in parts for value in values if value is not None)
    for q, told in ((0.5, found.p50), (0.9, found.p90), (0.99, found.p99)):
        exact = there[math.floor(q * (len(there) - 1))]
        assert told is not None
        assert abs(told - exact) <= 0.01 * abs(exact) + 1e-12
        assert there[0] <= told <= there[-1]


def test_the_index_by_hand() -> None:
    """(0.5 - 0.25) ln 2 + (0.5 - 0.75) ln(2/3): a worked example."""
    assert psi([50, 50], [0.25, 0.75]) == pytest.approx(0.25 * math.log(2) - 0.25 * math.log(2 / 3))
    assert psi([25, 75], [0.25, 0.75]) == 0


def test_empty_bins_count_as_very_small_ones() -> None:
    """On either side, so that the index is finite."""
    assert psi([100, 0], [0.0, 1.0]) == pytest.approx(2 * 0.9999 * math.log(1e4))


def test_without_values_or_bins_there_is_no_index() -> None:
    """Nothing to compare is not the same as no drift."""
    assert psi([0, 0], [0.5, 0.5]) is None
    assert psi([7], [1.0]) is None


def test_truths_add_up() -> None:
    """The share of true is that of the values that are there; drift is that of two bins."""
    found = measure(note(x=truths([True, False, None])), note(x=truths([False, False])))
    assert (found.rows, found.nulls, found.share_true) == (5, 1, 0.25)
    assert found.expected_true == 0.05
    assert found.psi == psi([1, 3], [0.05, 0.95])
    assert measure(note(x=truths([True], None))).psi is None


def test_versions_of_a_model_are_kept_apart() -> None:
    """Their bins differ, and so does what they were trained on."""
    other = numbers([5.0], edges=(2.0,), expected=(0.5, 0.5))
    found = gathered(note("v1", x=numbers([0.5])), note("v2", x=other)).measures()
    assert [(m.model_version, m.rows) for m in found] == [("v1", 1), ("v2", 1)]


def test_a_note_that_contradicts_the_others_does_not_count_at_all() -> None:
    """Not even its columns that would fit; it is named."""
    first = note(x=numbers([0.5]), y=truths([True]))
    for wrong in (numbers([0.5], edges=(0.0, 1.0, 2.0)), truths([True]), numbers([1.0], "output")):
        found = gathered(first, note(y=truths([True]), x=wrong))
        assert (found.notes, found.unusable) == (1, 1)
        assert found.named == ["part-1: `x` must have the bins of the notes before"]
        assert [m.rows for m in found.measures()] == [1, 1]


def test_sums_beyond_the_largest_number_have_no_mean() -> None:
    """The database takes finite numbers only."""
    huge = numbers([1.5e308])
    assert measure(note(x=huge), note(x=huge)).mean is None
    assert measure(note(x=numbers([1.7e308], "output"))).p50 == 1.7e308


def test_only_so_many_notes_are_named() -> None:
    """However many cannot be used."""
    found = Gathered()
    for number in range(1000):
        found.refuse(f"part-{number}", "must be JSON")
    assert (found.unusable, len(found.named)) == (1000, 5)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"schema_version": 2}, "`schema_version`"),
        ({"version": "v" * 201}, "`version`"),
        ({"columns": {"x": numbers([1.0]) | {"counts": [1, 0]}}}, "as many bins"),
        ({"columns": {"x": numbers([1.0]) | {"counts": [1, 1, 1, 1]}}}, "add up to"),
        ({"columns": {"x": numbers([1.0]) | {"edges": [1, 0, 2]}}}, "rise strictly"),
        ({"columns": {"x": numbers([1.0]) | {"sum": math.inf}}}, "finite"),
        ({"columns": {"x": numbers([1.0], "output") | {"sketch": {"gamma": 1}}}}, "gamma"),
        ({"columns": {"x": truths([True]) | {"true": 2}}}, "at most the values"),
        ({"columns": {"x": truths([True]) | {"nulls": -1}}}, "nulls"),
        ({"columns": {"x": 1}}, "x"),
        ({"columns": {"x" * 129: truths([True])}}, "at most 128"),
    ],
)
def test_a_corrupt_note_is_told(change: dict[str, Any], problem: str) -> None:
    """The first thing that is wrong, with its place."""
    with pytest.raises(ValueError, match=problem):
        parsed(note(x=numbers([1.0])) | change)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"1", b"\xff", b"[" * 100_000])
def test_what_is_no_note_is_told(text: bytes) -> None:
    """Half a file, or something else."""
    with pytest.raises(ValueError):
        parse_note(text)


def test_fields_of_newer_notes_are_left_out() -> None:
    """A newer job may count more."""
    column = numbers([1.0]) | {"median": 1}
    assert parsed(note(x=column) | {"host": "n1"}) == parse_note(body(note(x=numbers([1.0]))))
