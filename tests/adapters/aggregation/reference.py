"""The same windows, computed straight in Python from the definitions in `domain.windows`."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from domain.pipeline import Pipeline
from domain.pipeline.windows import (
    Aggregate,
    Condition,
    CountAggregate,
    CountWhereAggregate,
    GridWindows,
    QuantileAggregate,
    SessionWindows,
    Windows,
)
from domain.windows import sessions, window_ends

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


@dataclass(frozen=True, order=True)
class Event:
    """A reading of a wide schema: a key, an instant, a number and a text."""

    us: int
    device: str
    value: float | None
    note: str | None


def windows_of(
    pipeline: Pipeline, events: Sequence[Event], start_us: int, end_us: int
) -> list[dict[str, Any]]:
    """The windows that end after `start_us` and at or before `end_us`, by key and time."""
    series: dict[str, list[Event]] = defaultdict(list)
    for event in kept(pipeline, events):
        series[event.device].append(event)
    return [
        {
            "device": device,
            "window_start": start,
            "window_end": end,
            **{name: value_of(a, inside) for name, a in pipeline.aggregates.items()},
        }
        for device in sorted(series)
        for (end, start), inside in sorted(windows_of_key(pipeline.windows, series[device]).items())
        if start_us < end <= end_us
    ]


def windows_of_key(shape: Windows, events: Sequence[Event]) -> dict[tuple[int, int], list[Event]]:
    """The windows of one key: by end and start, the events inside."""
    found: dict[tuple[int, int], list[Event]] = defaultdict(list)
    if isinstance(shape, SessionWindows):
        for session in sessions([e.us for e in events], shape.timeout_us, shape.max_duration_us):
            inside = [event for event in events if event.us in session.instants]
            found[session.end_us, session.start_us] = inside
        return found
    for event in events:
        if isinstance(shape, GridWindows):
            for end in window_ends(
                event.us, shape.size_us, shape.hop_us, shape.offset_us, shape.closed
            ):
                found[end, end - shape.size_us].append(event)
        else:
            found[event.us, event.us].append(event)
    return found


def kept(pipeline: Pipeline, events: Sequence[Event]) -> list[Event]:
    """The good events, each once unless duplicates are kept."""
    good = [e for e in events if e.value is not None or e.note is not None]
    return list(dict.fromkeys(good)) if pipeline.source.duplicates == "drop" else good


def value_of(aggregate: Aggregate, events: Sequence[Event]) -> float | int | None:
    """One aggregate of the events of one window."""
    if isinstance(aggregate, CountAggregate):
        column = aggregate.column
        return sum(1 for e in events if column is None or getattr(e, column) is not None)
    if isinstance(aggregate, CountWhereAggregate):
        return sum(1 for e in events if _holds(aggregate.where, e))
    pairs = sorted((e.us, e.value) for e in events if e.value is not None)
    values = [value for _, value in pairs]
    if not values:
        return None
    if isinstance(aggregate, QuantileAggregate):
        return _quantile(sorted(values), aggregate.q)
    computed: dict[str, Callable[[list[float]], float | None]] = {
        "mean": statistics.fmean,
        "std": lambda v: statistics.stdev(v) if len(v) > 1 else None,
        "min": min,
        "max": max,
        "sum": math.fsum,
        "median": statistics.median,
        "first": lambda v: v[0],
        "last": lambda v: v[-1],
    }
    return computed[aggregate.function](values)


def _holds(condition: Condition, event: Event) -> bool:
    value = getattr(event, condition.column)
    return value is not None and COMPARE[condition.op](value, condition.value)


def _quantile(values: list[float], q: float) -> float:
    place = (len(values) - 1) * q
    below, part = math.floor(place), place - math.floor(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * part


def same(found: object, wanted: object) -> bool:
    """Whether two values are equal, floats up to what the order of additions may change."""
    if isinstance(found, float) and isinstance(wanted, int | float):
        return math.isclose(found, wanted, rel_tol=1e-12, abs_tol=1e-12)
    return found == wanted
