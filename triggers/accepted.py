"""What a durable status tells about a run that was accepted."""

from __future__ import annotations

import json

import azure.durable_functions as df

from domain.messages import RunRequest


def request_of(status: df.DurableOrchestrationStatus) -> RunRequest | None:
    """The request that started the orchestration; None if there is none.

    The status must have been asked for with `show_input`. The Python SDK encodes an input twice,
    so it comes back as text; other starters encode it once.
    """
    known = status.input_ if status else None
    if isinstance(known, str):
        known = json.loads(known)
    return RunRequest.from_json(known) if isinstance(known, dict) else None
