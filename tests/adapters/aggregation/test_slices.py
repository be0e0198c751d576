"""A run may be cut anywhere in time: slices together are the whole."""

from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.pipeline import Pipeline
from tests.adapters.aggregation.random_events import (
    KINDS,
    bounds_for,
    events_for,
    pipelines,
    table_of,
)
from tests.adapters.aggregation.reference import Event
from tests.adapters.aggregation.running import Outcome, Row, from_parquet, run
from tests.support.examples import examples

NO_TIME = table_of([Event(0, "a", 1.0, None)]).set_column(
    0, "ts", pa.nulls(1, pa.timestamp("us", "UTC"))
)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=examples(6), deadline=None)
@given(data=st.data())
def test_slices_together_are_the_whole(kind: str, data: st.DataObject) -> None:
    """Windows, counts and quarantined rows of the slices add up to those of a single slice."""
    pipeline = data.draw(pipelines(kind))
    events = data.draw(events_for(pipeline))
    start, end = data.draw(bounds_for(pipeline, events))
    cuts = {c for c in data.draw(st.sets(st.integers(start, end), max_size=3)) if start < c < end}
    # Without a timestamp, an event lies in no slice's time: who reads the file first counts it.
    table = pa.concat_tables([table_of(events), *[NO_TIME] * data.draw(st.integers(0, 2))])
    whole = _slice(pipeline, table, start, end, owned=True)
    parts = [
        _slice(pipeline, table, first, last, owned=number == 0)
        for number, (first, last) in enumerate(pairwise([start, *sorted(cuts), end]))
    ]
    assert _sorted([w for part in parts for w in part.windows]) == _sorted(whole.windows)
    assert _sorted([row for part in parts for row in part.bad]) == _sorted(whole.bad)
    for count in ("read", "quarantined", "duplicates"):
        assert sum(getattr(part, count) for part in parts) == getattr(whole, count)


def _slice(pipeline: Pipeline, table: pa.Table, start: int, end: int, *, owned: bool) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        load = from_parquet(pipeline, Path(folder), [table], owned=owned)
        return run(pipeline, load, start, end)


def _sorted(rows: list[Row]) -> list[str]:
    return sorted(map(repr, rows))
