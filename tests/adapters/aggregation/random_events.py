"""Random pipelines and events that lie where windows begin and end."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from domain.pipeline import Pipeline
from domain.windows import grid_floor
from tests.adapters.aggregation.reference import COMPARE, Event
from tests.adapters.pipelines import reading_pipeline

FUNCTIONS = ("mean", "std", "min", "max", "sum", "first", "last", "median")
EVERY_AGGREGATE: dict[str, Any] = {
    **{name: {"function": name, "column": "value"} for name in FUNCTIONS},
    "q0": {"function": "quantile", "column": "value", "q": 0},
    "q3": {"function": "quantile", "column": "value", "q": 0.3},
    "q1": {"function": "quantile", "column": "value", "q": 1},
    "events": {"function": "count"},
    "values": {"function": "count", "column": "value"},
    "notes": {"function": "count", "column": "note"},
    **{
        f"number{place}": {
            "function": "count_where",
            "where": {"column": "value", "op": op, "value": 0.5},
        }
        for place, op in enumerate(COMPARE)
    },
    **{
        f"text{place}": {
            "function": "count_where",
            "where": {"column": "note", "op": op, "value": "o'k"},
        }
        for place, op in enumerate(COMPARE)
    },
}

EPOCHS_US = (0, -(10**15), 1_767_225_600_000_000)
"""1970, three decades before it, and 2026."""


@st.composite
def pipelines(draw: st.DrawFn) -> Pipeline:
    """Tumbling and hopping windows of any alignment, with every aggregate."""
    hop = draw(st.sampled_from([1, 7, 1_000_000, 300_000_000, 3_600_000_000]))
    windows: dict[str, Any] = {"kind": "tumbling", "size": f"{hop}us"}
    if draw(st.booleans()):
        size = hop * draw(st.integers(1, 4)) + draw(st.integers(0, hop - 1))
        windows = {"kind": "hopping", "size": f"{size}us", "hop": f"{hop}us"}
    windows["offset"] = f"{draw(st.integers(0, hop - 1))}us"
    windows["closed"] = draw(st.sampled_from(["right", "left"]))
    source = {"duplicates": draw(st.sampled_from(["drop", "keep"]))}
    return reading_pipeline(source, windows, EVERY_AGGREGATE)


@st.composite
def events_for(draw: st.DrawFn, pipeline: Pipeline) -> list[Event]:
    """Events in no order, some of them twice, many exactly on a window's end or next to it."""
    shape = pipeline.windows
    base = grid_floor(draw(st.sampled_from(EPOCHS_US)), shape.hop_us, shape.offset_us)
    near = st.sampled_from([-1, 0, 1]) | st.integers(0, shape.hop_us)
    instants = st.builds(lambda k, d: base + k * shape.hop_us + d, st.integers(-3, 3), near)
    event = st.builds(
        Event,
        us=instants,
        device=st.sampled_from(["a", "ä 1", "日本"]),
        value=st.none() | st.integers(-8, 8).map(lambda n: n / 4),
        note=st.none() | st.sampled_from(["", "o'k", "zz", "ö"]),
    )
    events = draw(st.lists(event, min_size=1, max_size=60))
    again = draw(st.lists(st.sampled_from(events), max_size=5))
    return draw(st.permutations(events + again))


@st.composite
def bounds_for(draw: st.DrawFn, pipeline: Pipeline, events: list[Event]) -> tuple[int, int]:
    """A span around, or across, the events."""
    first, last = min(e.us for e in events), max(e.us for e in events)
    reach = 2 * pipeline.windows.size_us
    start = draw(st.integers(first - reach, last))
    return start, draw(st.integers(start + 1, last + reach))


def table_of(events: list[Event]) -> pa.Table:
    """The events as a table with instants in UTC."""
    return pa.table(
        {
            "ts": pa.array([e.us for e in events], pa.timestamp("us", "UTC")),
            "device": pa.array([e.device for e in events], pa.string()),
            "value": pa.array([e.value for e in events], pa.float64()),
            "note": pa.array([e.note for e in events], pa.string()),
        }
    )
