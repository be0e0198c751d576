"""What Stream Analytics cannot compute as the pipeline says; the result would be wrong."""

from __future__ import annotations

import math

from domain.errors import Problem, ProblemsError
from domain.pipeline import Pipeline
from domain.pipeline.source import WindowsSource
from domain.pipeline.windows import CountWhereAggregate


class UnsupportedError(ProblemsError):
    """Stream Analytics cannot compute what the pipeline says; all reasons are in `problems`."""

    headline = "Stream Analytics cannot compute this"


def refuse_unsupported(pipeline: Pipeline, input_name: str, output_name: str) -> None:
    """Raises UnsupportedError with everything that cannot be said in a query."""
    problems = [*_of_source(pipeline), *_of_aggregates(pipeline)]
    for which, name in (("input", input_name), ("output", output_name)):
        if not name.strip() or not name.isprintable():
            problems.append(Problem(which, "must be a name of printable characters", name))
    if problems:
        raise UnsupportedError(pipeline.name, problems)


def _of_source(pipeline: Pipeline) -> list[Problem]:
    source = pipeline.source
    if isinstance(source, WindowsSource):
        rule = "must be events, files or table: of windows there is nothing left to aggregate"
        return [Problem("source.kind", rule, source.kind)]
    if source.timestamp_unit is None and source.time_zone != "UTC":
        rule = "must be UTC: Stream Analytics takes timestamps that name no zone as UTC"
        return [Problem("source.time_zone", rule, source.time_zone)]
    return []


def _of_aggregates(pipeline: Pipeline) -> list[Problem]:
    return [
        Problem(f"aggregates.{name}.where.value", "must be a finite number", aggregate.where.value)
        for name, aggregate in pipeline.aggregates.items()
        if isinstance(aggregate, CountWhereAggregate)
        and not isinstance(aggregate.where.value, str)
        and not math.isfinite(aggregate.where.value)
    ]
