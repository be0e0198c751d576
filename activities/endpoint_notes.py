"""Reads what `check_endpoint` has noted about a run: its deployment, and what that runs on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from adapters.context import context
from domain import lake_paths
from domain.sizing import Workers


@dataclass(frozen=True)
class EndpointNote:
    """Which deployment scores a run, the nodes and workers of one job, and on which cluster."""

    deployment: str
    compute: str | None
    instances: int
    concurrency: int

    @property
    def workers(self) -> Workers:
        """What one job has."""
        return Workers(self.instances, self.concurrency)


def endpoint_note(pipeline: str, run_id: str) -> EndpointNote | None:
    """The note; None if there is none, as for runs of older versions."""
    data = context().lake.find_json(lake_paths.endpoint_note(pipeline, run_id))
    if not isinstance(data, dict) or not data.get("deployment"):
        return None
    return EndpointNote(
        deployment=str(data["deployment"]),
        compute=_name(data.get("compute")),
        instances=_count(data.get("instances")),
        concurrency=_count(data.get("concurrency")),
    )


def _name(compute: Any) -> str | None:
    """A cluster's own name: of `azureml:NAME`, or of its long id."""
    return str(compute).rsplit("/", 1)[-1].removeprefix("azureml:") if compute else None


def _count(value: Any) -> int:
    return max(1, int(value)) if value else 1
