"""The SQL of aggregates: what is computed from the events of one window. Text only."""

from __future__ import annotations

from adapters.aggregation.columns import INSTANT, literal, measure_column, quoted
from domain.pipeline import Pipeline
from domain.pipeline.windows import (
    Aggregate,
    Condition,
    CountAggregate,
    CountWhereAggregate,
    QuantileAggregate,
)

FUNCTIONS = {
    "mean": "avg",
    "std": "stddev_samp",
    "min": "min",
    "max": "max",
    "sum": "sum",
    "median": "median",
}


def collecting(pipeline: Pipeline) -> int:
    """How many aggregates keep all values of a window until it is complete."""
    functions = (a.function for a in pipeline.aggregates.values())
    return sum(function in ("median", "quantile") for function in functions)


def is_count(aggregate: Aggregate) -> bool:
    """Whether it is a whole number, and never missing."""
    return isinstance(aggregate, CountAggregate | CountWhereAggregate)


def value_of(aggregate: Aggregate) -> str:
    """The expression of an aggregate over the events of one window."""
    if isinstance(aggregate, CountAggregate):
        inside = "*" if aggregate.column is None else quoted(measure_column(aggregate.column))
        return f"count({inside})"
    if isinstance(aggregate, CountWhereAggregate):
        return f"count(*) FILTER ({_condition(aggregate.where)})"
    column = quoted(measure_column(aggregate.column))
    if isinstance(aggregate, QuantileAggregate):
        return f"quantile_cont({column}, {aggregate.q!r})"
    if aggregate.function in ("first", "last"):
        order = f"ORDER BY {INSTANT}, {column}"
        return f"{aggregate.function}({column} {order}) FILTER ({column} IS NOT NULL)"
    return f"{FUNCTIONS[aggregate.function]}({column})"


def _condition(condition: Condition) -> str:
    value = condition.value
    constant = literal(value) if isinstance(value, str) else repr(value)
    op = {"==": "=", "!=": "<>"}.get(condition.op, condition.op)
    return f"{quoted(measure_column(condition.column))} {op} {constant}"
