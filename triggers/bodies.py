"""JSON in requests and responses."""

from __future__ import annotations

import json
from typing import Any

import azure.functions as func

from domain.errors import Problem, RequestError


def json_body(req: func.HttpRequest) -> Any:
    """The request's body; None if it is empty. Raises RequestError if it is no JSON."""
    try:
        return json.loads(req.get_body() or b"null")
    except (ValueError, RecursionError) as error:
        rule = f"must be JSON: {error}"
        raise RequestError("body", [Problem("(body)", rule, has_value=False)]) from error


def json_response(data: Any, status: int = 200) -> func.HttpResponse:
    """A response with `data`."""
    return func.HttpResponse(
        json.dumps(data, ensure_ascii=False), status_code=status, mimetype="application/json"
    )
