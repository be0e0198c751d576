"""The pipeline that a command names, from its file."""

from __future__ import annotations

from pathlib import Path

from adapters.pipeline_files import SUFFIXES, load_pipeline
from commands.errors import UsageError
from domain.errors import PipelineFileError
from domain.pipeline import Pipeline


def pipeline_named(name: str, folder: Path) -> Pipeline:
    """The pipeline. Raises UsageError if there is no such file, or a wrong one."""
    files = {file.stem: file for file in sorted(folder.glob("*")) if file.suffix in SUFFIXES}
    if name not in files:
        known = ", ".join(files) or "none"
        raise UsageError(f"there is no pipeline {name!r} in {folder}; there are: {known}")
    try:
        return load_pipeline(files[name])
    except PipelineFileError as error:
        raise UsageError(str(error)) from error
