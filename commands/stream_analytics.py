"""`stream-analytics`: prints a pipeline's windows as a Stream Analytics query."""

from __future__ import annotations

import sys
from pathlib import Path

from adapters.pipeline_files import SUFFIXES, load_pipeline
from commands.errors import CommandError, UsageError
from domain.errors import PipelineFileError
from domain.pipeline import Pipeline
from domain.stream_analytics import UnsupportedError, stream_analytics_query


def write_query(name: str, folder: Path, input_name: str | None, output_name: str | None) -> None:
    """Writes the query to stdout. Raises UsageError if there is no such pipeline, or a wrong one;
    CommandError if Stream Analytics cannot compute it."""
    try:
        query = stream_analytics_query(_pipeline(name, folder), input_name, output_name)
    except UnsupportedError as error:
        raise CommandError(str(error)) from error
    sys.stdout.write(query)


def _pipeline(name: str, folder: Path) -> Pipeline:
    files = {file.stem: file for file in sorted(folder.glob("*")) if file.suffix in SUFFIXES}
    if name not in files:
        known = ", ".join(files) or "none"
        raise UsageError(f"there is no pipeline {name!r} in {folder}; there are: {known}")
    try:
        return load_pipeline(files[name])
    except PipelineFileError as error:
        raise UsageError(str(error)) from error
