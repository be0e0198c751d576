"""Where the job's windows are not exactly the app's, said as comments.

What would make results wrong is not here but in `unsupported.py`.
"""

from __future__ import annotations

from collections.abc import Callable

from domain.pipeline import Pipeline
from domain.pipeline.source import TableSource
from domain.pipeline.windows import (
    CountWhereAggregate,
    GridWindows,
    NumericAggregate,
    QuantileAggregate,
)
from domain.stream_analytics.job_settings import differences_in_time


def differences(pipeline: Pipeline) -> list[str]:
    """What is known to differ, a sentence each."""
    found = [
        "events that break a rule are left out; Windrow keeps them in the quarantine, too",
        *differences_in_time(pipeline),
    ]
    if isinstance(pipeline.source, TableSource):
        found.append("`source.query` is not in it: events must have the columns that it returns")
    if pipeline.source.timestamp_unit is None:
        found.append("timestamps must be ISO 8601; Windrow takes a blank for the T, too")
    windows = pipeline.windows
    if isinstance(windows, GridWindows) and windows.closed == "left":
        found.append(
            "`windows.closed` left: said by an offset of a microsecond, so that timestamps with "
            "parts of one may lie in the next window"
        )
    return found


def checks(pipeline: Pipeline) -> list[str]:
    """What Stream Analytics' documentation does not say, so that it is better looked at."""
    found = [
        "the day in a file's path must be the day on which its windows end, in UTC",
        "keys that differ in upper and lower case only are different keys in Windrow",
    ]
    aggregates = pipeline.aggregates
    if texts := [
        name
        for name, a in aggregates.items()
        if isinstance(a, CountWhereAggregate) and not a.where.is_numeric
    ]:
        found.append(f"{_listed(texts)}: Windrow tells upper from lower case")
    if stds := _with(pipeline, lambda function: function == "std"):
        found.append(
            f"{_listed(stds)}: STDEV is the sample's, as in Windrow, where a single value has none"
        )
    if quantiles := _with(pipeline, lambda function: function in ("median", "quantile")):
        found.append(f"{_listed(quantiles)}: in Windrow, missing values do not take part")
    return found


def _with(pipeline: Pipeline, wanted: Callable[[str], bool]) -> list[str]:
    return [
        name
        for name, a in pipeline.aggregates.items()
        if isinstance(a, NumericAggregate | QuantileAggregate) and wanted(a.function)
    ]


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
