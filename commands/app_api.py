"""The app's HTTP API, as far as the commands need it; refusals are told in one line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import httpx

from commands.errors import CommandError, UsageError
from commands.one_line import one_line
from domain.errors import shorten
from domain.pipeline.spec import PIPELINE_NAME

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
TIMEOUT_S = 120.0
KEY_HEADER = "x-functions-key"


class AppApi:
    """A connection to the app at `url`; `key` is a function key, which Azure asks for."""

    def __init__(self, url: str, key: str | None = None) -> None:
        self._url = url.rstrip("/")
        scheme, host = _scheme_and_host(url)
        if key and scheme == "http" and host not in LOOPBACK:
            raise UsageError(f"--app must be https where a key is sent; got {self._url}")
        if key and not (key.isascii() and key.isprintable()):
            raise UsageError("WINDROW_FUNCTION_KEY must be a key: one line of ASCII")
        self._http = httpx.Client(
            base_url=self._url,
            headers={KEY_HEADER: key} if key else {},
            timeout=TIMEOUT_S,
            trust_env=host not in LOOPBACK,
        )

    def __enter__(self) -> AppApi:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def get(self, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        """What a GET answers. Raises CommandError if it is anything but a JSON object.

        `path` may be a whole address that the app has given, with a query of its own.
        """
        # Empty parameters would remove that query.
        return self._ask("GET", path, params=dict(query) or None)

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """What a POST answers. Raises CommandError if it is anything but a JSON object."""
        return self._ask("POST", path, json=dict(body))

    def _ask(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        try:
            response = self._http.request(method, path, **arguments)
        except httpx.RequestError as error:
            raise CommandError(
                f"the app at {self._url} does not answer ({type(error).__name__}): start it with "
                "`make up`, or name it with --app or WINDROW_APP_URL"
            ) from error
        if not response.is_success:
            raise CommandError(_refusal(response))
        data = _object(response)
        if data is None:
            raise CommandError(f"what answers at {self._url} is not the app: no JSON in {path}")
        return data


def pipeline_path(pipeline: str, rest: str) -> str:
    """The path of something that belongs to a pipeline. Raises UsageError for a wrong name."""
    if not re.fullmatch(PIPELINE_NAME, pipeline):
        raise UsageError(f"PIPELINE must match {PIPELINE_NAME}; got {shorten(pipeline)}")
    return f"/api/pipelines/{pipeline}/{rest}"


def _scheme_and_host(url: str) -> tuple[str, str]:
    """Of the app's address. What is wrong with it is not shown: it may have a password in it."""
    try:
        parts = urlsplit(url)
        known = parts.port != 0 and not parts.query and not parts.username
    except ValueError:
        known = False
    if not known or parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError("--app must be a URL such as http://127.0.0.1:7071")
    return parts.scheme, parts.hostname


def _refusal(response: httpx.Response) -> str:
    """The app's problem details (RFC 9457) in one line, and what may help."""
    status = f"{response.status_code} {response.reason_phrase}".strip()
    problem = _object(response) or {}
    said = _detail(problem)
    if said:
        return f"the app refused with {status}: {said}"
    hints = {
        401: "set WINDROW_FUNCTION_KEY to a function key of the app",
        403: "set WINDROW_FUNCTION_KEY to a function key of the app",
        404: f"there is no {response.request.url.path} at that address",
        503: "it is not ready yet; try again in a moment",
    }
    return (
        f"the app refused with {status}: {hints.get(response.status_code, 'it does not say why')}"
    )


def _detail(problem: dict[str, Any]) -> str:
    errors = problem.get("errors")
    if isinstance(errors, list) and errors and all(isinstance(e, dict) for e in errors):
        return "; ".join(one_line(_broken_rule(e)) for e in errors)
    return one_line(str(problem.get("detail") or ""))


def _broken_rule(error: dict[str, Any]) -> str:
    got = f"; got {error['value']}" if "value" in error else ""
    return f"`{error.get('field')}` {error.get('rule')}{got}"


def _object(response: httpx.Response) -> dict[str, Any] | None:
    try:
        data = response.json()
    except ValueError:
        return None
    return data if isinstance(data, dict) else None
