"""Everything an activity or a trigger may talk to, built by one function.

The clients are made at first use and shared by the process: they are safe to use from many threads,
and they keep connections and tokens.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from adapters.batch_endpoint import BatchEndpoints
from adapters.credentials import credential
from adapters.lake import Lake
from adapters.ml_workspace import workspace_of
from adapters.pipeline_files import load_pipelines
from adapters.scores_db import ScoresDb
from adapters.settings import Settings, pipelines_dir, read_settings
from adapters.telemetry import Telemetry
from domain import lake_paths
from domain.errors import UnknownPipelineError
from domain.messages import Run
from domain.pipeline import Pipeline, parse_pipeline


@dataclass(frozen=True)
class Context:
    """The app's surroundings."""

    settings: Settings
    lake: Lake
    endpoints: BatchEndpoints
    scores: ScoresDb
    telemetry: Telemetry

    def pipeline_of(self, run: Run) -> Pipeline:
        """The pipeline as it was when the run began, whatever its file says by now."""
        return _pinned(self.lake, run.pipeline, run.run_id)


@functools.cache
def context() -> Context:
    """The process's context. Raises SettingsError that names every wrong setting."""
    settings = read_settings()
    return Context(
        settings=settings,
        lake=Lake(settings.lake_uri, settings.lake_container, credential()),
        endpoints=BatchEndpoints(workspace_of(settings), credential()),
        scores=ScoresDb(settings.scores_db_url, credential()),
        telemetry=Telemetry(settings.insights_connection_string),
    )


@functools.cache
def pipelines() -> dict[str, Pipeline]:
    """The pipelines of this app. Raises PipelineFileError with every problem of every file."""
    return load_pipelines(pipelines_dir())


def pipeline_named(name: str) -> Pipeline:
    """A pipeline of this app. Raises UnknownPipelineError."""
    try:
        return pipelines()[name]
    except KeyError:
        raise UnknownPipelineError(name, sorted(pipelines())) from None


@functools.lru_cache(maxsize=64)
def _pinned(lake: Lake, pipeline: str, run: str) -> Pipeline:
    return parse_pipeline(lake.read_json(lake_paths.pinned_pipeline(pipeline, run)))
