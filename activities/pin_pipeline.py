"""Keeps a pipeline as it is now for a run: the run goes on as it began, whatever is deployed.

Input: `RunRequest`. Output: `{}`.
Raises: LakeError, TransientError.
"""

from __future__ import annotations

from typing import Any

from adapters.context import context
from domain import lake_paths
from domain.messages import RunRequest


def pin_pipeline(payload: dict[str, Any]) -> dict[str, Any]:
    """Writes the pipeline's note; safe to repeat."""
    request = RunRequest.from_json(payload)
    path = lake_paths.pinned_pipeline(request.run.pipeline, request.run.run_id)
    context().lake.write_json(path, request.spec)
    return {}
