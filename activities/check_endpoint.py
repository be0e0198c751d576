"""Makes sure that the pipeline's endpoint and deployment are there, before anything is computed.

Input: `Run`. Output: `{"deployment": name}`.
Raises: EndpointError, TransientError.
"""

from __future__ import annotations

from typing import Any

from adapters.context import context
from domain.messages import Run


def check_endpoint(payload: dict[str, Any]) -> dict[str, Any]:
    """Answers the deployment that will score; changes nothing."""
    run = Run.from_json(payload)
    model = context().pipeline_of(run).model
    return {"deployment": context().endpoints.deployment(model.endpoint, model.deployment)}
