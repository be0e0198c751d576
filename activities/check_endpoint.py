"""Makes sure that the pipeline's endpoint and deployment are there, before anything is computed.

Input: `Run`. Output: `{"deployment": name}`; what is known of it is noted in the lake.
Raises: EndpointError, LakeError, TransientError.

All jobs of a run use this deployment, even if the endpoint's default is switched meanwhile.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from activities.endpoint_notes import endpoint_note
from adapters.context import context
from domain import lake_paths
from domain.messages import Run


def check_endpoint(payload: dict[str, Any]) -> dict[str, Any]:
    """Answers the deployment that will score. Running it again keeps to the first answer."""
    run, surroundings = Run.from_json(payload), context()
    model = surroundings.pipeline_of(run).model
    note = endpoint_note(run.pipeline, run.run_id)
    wanted = note.deployment if note is not None else model.deployment
    found = surroundings.endpoints.deployment(model.endpoint, wanted)
    told = asdict(found)
    path = lake_paths.endpoint_note(run.pipeline, run.run_id)
    surroundings.lake.write_json(path, {"deployment": told.pop("name"), **told})
    return {"deployment": found.name}
