"""The pipeline that the demo runs, read from the same file as the app reads it."""

from __future__ import annotations

from pathlib import Path

import yaml

from demo.errors import UsageError
from domain.errors import PipelineFileError
from domain.pipeline import Pipeline, parse_pipeline
from domain.pipeline.windows import GridWindows


def read_pipeline(name: str, folder: Path) -> Pipeline:
    """Pipeline `name` of `folder`. Raises UsageError if there is none, or if it is wrong."""
    known = sorted(file.stem for file in folder.glob("*.yml"))
    if name not in known:
        raise UsageError(f"there is no pipeline {name!r}; there are {', '.join(known) or 'none'}")
    try:
        data = yaml.safe_load((folder / f"{name}.yml").read_text(encoding="utf-8"))
        return parse_pipeline(data, where=f"{name}.yml", expected_name=name)
    except (yaml.YAMLError, PipelineFileError) as error:
        raise UsageError(f"pipeline {name!r} cannot be used: {error}") from error


def grid_of(pipeline: Pipeline) -> GridWindows:
    """The pipeline's windows. Raises UsageError if they have no grid: the demo shows none other."""
    if not isinstance(pipeline.windows, GridWindows):
        raise UsageError(
            f"pipeline {pipeline.name!r} has {pipeline.windows.kind} windows; the demo shows "
            "tumbling and hopping ones only"
        )
    return pipeline.windows
