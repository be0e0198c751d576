"""Random pipelines and events that lie where windows begin and end."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from domain.pipeline import Pipeline
from domain.pipeline.windows import SessionWindows
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


DICE = st.randoms(use_true_random=True)
"""Seeded. What hypothesis draws itself is mostly short and small: activity would hardly go on."""

KINDS = ("grid", "session", "snapshot")


@st.composite
def pipelines(draw: st.DrawFn, kind: str) -> Pipeline:
    """Windows of a kind, of any length and alignment, with every aggregate."""
    shapes = {"grid": grids(), "session": sessions(), "snapshot": st.just({"kind": "snapshot"})}
    windows = draw(shapes[kind])
    source = {"duplicates": draw(st.sampled_from(["drop", "keep"]))}
    return reading_pipeline(source, windows, EVERY_AGGREGATE)


@st.composite
def grids(draw: st.DrawFn) -> dict[str, Any]:
    """Tumbling and hopping windows."""
    hop = draw(st.sampled_from([1, 7, 1_000_000, 300_000_000, 3_600_000_000]))
    windows: dict[str, Any] = {"kind": "tumbling", "size": f"{hop}us"}
    if draw(st.booleans()):
        size = hop * draw(st.integers(1, 4)) + draw(st.integers(0, hop - 1))
        windows = {"kind": "hopping", "size": f"{size}us", "hop": f"{hop}us"}
    windows["offset"] = f"{draw(st.integers(0, hop - 1))}us"
    windows["closed"] = draw(st.sampled_from(["right", "left"]))
    return windows


@st.composite
def sessions(draw: st.DrawFn) -> dict[str, Any]:
    """Session windows, from two events a session to very many."""
    timeout = draw(st.sampled_from([1, 3, 1_000_000, 300_000_000]))
    longest = timeout * draw(st.integers(1, 5)) + draw(st.integers(0, timeout - 1))
    return {"kind": "session", "timeout": f"{timeout}us", "max_duration": f"{longest}us"}


@st.composite
def instants_for(draw: st.DrawFn, pipeline: Pipeline) -> list[int]:
    """Instants in no order, many exactly on a window's end or next to it."""
    shape = pipeline.windows
    epoch = draw(st.sampled_from(EPOCHS_US))
    if isinstance(shape, SessionWindows):
        # Most gaps do not end a session, so that many go on over several checks.
        dice, timeout = draw(DICE), shape.timeout_us
        gaps = [timeout, timeout + 1, timeout // 2, 1, 0]
        base = grid_floor(epoch, shape.max_duration_us) + dice.randint(-2, 2)
        drawn = dice.choices(gaps, weights=[8, 1, 2, 1, 1], k=dice.randint(0, 60))
        return list(accumulate(drawn, initial=base))
    base = grid_floor(epoch, shape.hop_us, shape.offset_us)
    near = st.sampled_from([-1, 0, 1]) | st.integers(0, shape.hop_us)
    instants = st.builds(lambda k, d: base + k * shape.hop_us + d, st.integers(-3, 3), near)
    return draw(st.lists(instants, min_size=1, max_size=60))


@st.composite
def events_for(draw: st.DrawFn, pipeline: Pipeline) -> list[Event]:
    """Events in no order, some of them twice; of two keys few, of one many."""
    instants = draw(instants_for(pipeline))
    values = st.none() | st.integers(-8, 8).map(lambda n: n / 4)
    notes = st.none() | st.sampled_from(["", "o'k", "zz", "ö"])
    devices = draw(DICE).choices(["a", "ä 1", "日本"], weights=[8, 1, 1], k=len(instants))
    events = [
        Event(us, device, draw(values), draw(notes))
        for us, device in zip(instants, devices, strict=True)
    ]
    again = draw(st.lists(st.sampled_from(events), max_size=5))
    return draw(st.permutations(events + again))


@st.composite
def bounds_for(draw: st.DrawFn, pipeline: Pipeline, events: list[Event]) -> tuple[int, int]:
    """A span around, or across, the events."""
    first, last = min(e.us for e in events), max(e.us for e in events)
    reach = 2 * pipeline.reach_us + 2
    if draw(st.booleans()):
        return first - reach, last + reach
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
