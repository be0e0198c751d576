"""A pipeline's aggregates as Stream Analytics' functions.

https://learn.microsoft.com/stream-analytics-query/aggregate-functions-azure-stream-analytics
STDEV is the sample's (STDEVP is the population's). PERCENTILE_CONT interpolates linearly: the
example of its page, 0.95 of (0.78, 0.89, 0.93, 0.98, 0.99), is 0.988, as in pandas.
"""

from __future__ import annotations

from domain.pipeline.windows import (
    Aggregate,
    Condition,
    CountAggregate,
    CountWhereAggregate,
    QuantileAggregate,
)
from domain.stream_analytics.columns import INSTANT, Columns
from domain.stream_analytics.names import bracketed, literal, number

FUNCTIONS = {"mean": "AVG", "std": "STDEV", "min": "MIN", "max": "MAX", "sum": "SUM"}
OPERATORS = {"==": "=", "!=": "<>"}


def aggregate_sql(aggregate: Aggregate, columns: Columns) -> str:
    """The expression that computes the aggregate."""
    if isinstance(aggregate, CountAggregate):
        counted = "*" if aggregate.column is None else _column(aggregate.column, columns)
        return f"COUNT({counted})"
    if isinstance(aggregate, CountWhereAggregate):
        # A missing value makes the comparison unknown, so that ELSE is taken.
        return f"SUM(CASE WHEN {_condition(aggregate.where, columns)} THEN 1 ELSE 0 END)"
    column = _column(aggregate.column, columns)
    if isinstance(aggregate, QuantileAggregate):
        return _percentile(aggregate.q, column)
    if aggregate.function == "median":
        return _percentile(0.5, column)
    if aggregate.function in ("first", "last"):
        direction = "ASC" if aggregate.function == "first" else "DESC"
        missing = bracketed(columns.missing[aggregate.column])
        return (
            f"TopOne({column}) OVER (ORDER BY {missing} ASC, {bracketed(INSTANT)} {direction}, "
            f"{column} {direction})"
        )
    return f"{FUNCTIONS[aggregate.function]}({column})"


def _percentile(q: float, column: str) -> str:
    return f"PERCENTILE_CONT({number(q)}) OVER (ORDER BY {column})"


def _condition(condition: Condition, columns: Columns) -> str:
    value = condition.value
    constant = literal(value) if isinstance(value, str) else number(value)
    op = OPERATORS.get(condition.op, condition.op)
    return f"{_column(condition.column, columns)} {op} {constant}"


def _column(name: str, columns: Columns) -> str:
    return bracketed(columns.measures[name])
