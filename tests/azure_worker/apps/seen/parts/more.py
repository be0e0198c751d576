"""A blueprint in a folder of its own, and what a context holds."""

# mypy: disallow-untyped-decorators=False

import json
import uuid
from pathlib import Path
from typing import Any

import azure.functions as func

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


def describe(context: func.Context) -> dict[str, Any]:
    """Tell what a context holds, as far as it is the same for every invocation."""
    local = context.thread_local_storage
    retry = context.retry_context
    return {
        "function": context.function_name,
        "folder": Path(context.function_directory).name,
        "id": str(uuid.UUID(context.invocation_id)) == context.invocation_id,
        "id in thread": getattr(local, "invocation_id", None) == context.invocation_id,
        "retry": [retry.retry_count, retry.max_retry_count],
    }


@blueprint.route(route="context_elsewhere")
def context_elsewhere(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Tell what the context holds, from another folder than the app's."""
    return func.HttpResponse(json.dumps(describe(context)))
