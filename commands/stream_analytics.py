"""`stream-analytics`: prints a pipeline's windows as a Stream Analytics query."""

from __future__ import annotations

import sys
from pathlib import Path

from commands.errors import CommandError
from commands.pipelines import pipeline_named
from domain.stream_analytics import UnsupportedError, stream_analytics_query


def write_query(name: str, folder: Path, input_name: str | None, output_name: str | None) -> None:
    """Writes the query to stdout. Raises UsageError if there is no such pipeline, or a wrong one;
    CommandError if Stream Analytics cannot compute it."""
    try:
        query = stream_analytics_query(pipeline_named(name, folder), input_name, output_name)
    except UnsupportedError as error:
        raise CommandError(str(error)) from error
    sys.stdout.write(query)
