"""The windows that a model is trained on: the same aggregates as the pipeline's, over other days.

One function, so that what computes the windows can be exchanged without touching the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from demo.events_sql import connect, events_sql, name, text
from demo.pipelines import grid_of
from domain.pipeline import Pipeline
from domain.pipeline.windows import (
    Aggregate,
    CountAggregate,
    CountWhereAggregate,
    QuantileAggregate,
)
from domain.windows import ZERO_HOUR_US

FUNCTIONS = {
    "mean": "avg({0})",
    "std": "stddev_samp({0})",
    "min": "min({0})",
    "max": "max({0})",
    "sum": "sum({0})",
    "median": "median({0})",
    "first": "first({0} ORDER BY at_us, {0}) FILTER (WHERE {0} IS NOT NULL)",
    "last": "last({0} ORDER BY at_us, {0}) FILTER (WHERE {0} IS NOT NULL)",
}


def training_windows(pipeline: Pipeline, files: Sequence[Path]) -> pd.DataFrame:
    """The windows of the events in `files`, as the pipeline defines them.

    Columns: the pipeline's keys (text), `window_end` (UTC), and its aggregates; one row for each
    key and window that holds an event, in no particular order.
    """
    keys = ", ".join(name(key) for key in pipeline.keys)
    features = ", ".join(f"{_sql(a)} AS {name(n)}" for n, a in pipeline.aggregates.items())
    query = (
        f"SELECT {keys}, end_us, {features} FROM (SELECT *, {_ends(pipeline)} AS end_us "
        f"FROM ({events_sql(pipeline, files)})) GROUP BY {keys}, end_us"
    )
    with connect(pipeline) as connection:
        # One thread adds numbers up in one order: the same model every time, to the last bit.
        connection.execute("SET threads = 1")
        windows = connection.execute(query).df()
    windows["window_end"] = pd.to_datetime(windows.pop("end_us"), unit="us", utc=True)
    return windows


def _ends(pipeline: Pipeline) -> str:
    """The ends of the windows that hold an event at `at_us`; see `domain/windows.py`."""
    windows = grid_of(pipeline)
    origin, hop = ZERO_HOUR_US + windows.offset_us, windows.hop_us
    right = windows.closed == "right"
    steps = f"(at_us - ({origin}) {f'+ {hop - 1}' if right else ''}) // {hop}"
    first = f"({steps}{'' if right else ' + 1'}) * {hop} + ({origin})"
    if windows.hop_us == windows.size_us:
        return first
    beyond = f"at_us + {windows.size_us + (0 if right else 1)}"
    return f"unnest(range({first}, {beyond}, {hop}))"


def _sql(aggregate: Aggregate) -> str:
    if isinstance(aggregate, CountAggregate):
        return f"count({name(aggregate.column) if aggregate.column else '*'})"
    if isinstance(aggregate, CountWhereAggregate):
        where = aggregate.where
        value = repr(float(where.value)) if where.is_numeric else text(str(where.value))
        return f"count(*) FILTER (WHERE {name(where.column)} {where.op} {value})"
    if isinstance(aggregate, QuantileAggregate):
        return f"quantile_cont({name(aggregate.column)}, {aggregate.q})"
    return FUNCTIONS[aggregate.function].format(name(aggregate.column))
