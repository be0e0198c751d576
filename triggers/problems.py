"""Errors as callers see them: problem details (RFC 9457), as `application/problem+json`."""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

import azure.functions as func

from domain.errors import (
    PipelineFileError,
    ProblemsError,
    RefusedError,
    RequestError,
    TransientError,
    UnknownPipelineError,
    WindrowError,
    shorten,
)

LOGGER = logging.getLogger("windrow.http")

Handler = Callable[..., Awaitable[func.HttpResponse]]


class UnknownRunError(RefusedError):
    """No run has that id."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"there is no run {run_id!r}")


class RunConflictError(RefusedError):
    """What is asked contradicts a run that exists."""


STATUSES: tuple[tuple[type[WindrowError], HTTPStatus], ...] = (
    (UnknownPipelineError, HTTPStatus.NOT_FOUND),
    (UnknownRunError, HTTPStatus.NOT_FOUND),
    (RequestError, HTTPStatus.BAD_REQUEST),
    (RunConflictError, HTTPStatus.CONFLICT),
    (TransientError, HTTPStatus.SERVICE_UNAVAILABLE),
    (PipelineFileError, HTTPStatus.INTERNAL_SERVER_ERROR),
    (WindrowError, HTTPStatus.INTERNAL_SERVER_ERROR),
)


def answering(handler: Handler) -> Handler:
    """The handler, with its errors turned into problem details."""

    @functools.wraps(handler)
    async def run(*args: Any, **kwargs: Any) -> func.HttpResponse:
        try:
            return await handler(*args, **kwargs)
        except WindrowError as error:
            status = next(status for kind, status in STATUSES if isinstance(error, kind))
            if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                LOGGER.exception("%s failed", handler.__name__)
            return problem(status, error)
        except Exception:
            LOGGER.exception("%s failed in a way that nobody foresaw", handler.__name__)
            return problem(HTTPStatus.INTERNAL_SERVER_ERROR, None)

    return run


def problem(status: HTTPStatus, error: WindrowError | None) -> func.HttpResponse:
    """The response; an error that nobody foresaw tells no details."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": str(error) if error else "an unexpected error; the app's log has the details",
    }
    if isinstance(error, ProblemsError):
        body["errors"] = [
            {"field": p.field, "rule": p.rule}
            | ({"value": shorten(p.value)} if p.has_value else {})
            for p in error.problems
        ]
    headers = {"Retry-After": "10"} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return func.HttpResponse(
        json.dumps(body, ensure_ascii=False),
        status_code=status.value,
        mimetype="application/problem+json",
        headers=headers,
    )
