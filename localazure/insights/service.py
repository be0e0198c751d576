"""The ingestion endpoint of Application Insights, and a way to read what it took.

``POST /v2.1/track`` and ``/v2/track`` take what azure-monitor-opentelemetry posts and answer as the
ingestion API does: 200 if all items are accepted, 206 if some are, 400 if none is.
``GET /insights/items?kind=&name=&since=&after=&limit=`` is the local cloud's own; Azure has
Log Analytics queries instead.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute

from localazure.cloud.errors import AzureError
from localazure.fidelity import own, simplified
from localazure.insights.envelopes import KINDS, EnvelopeError, Item, parse_envelope
from localazure.insights.store import InsightsStore, Query, read_items
from localazure.stated_route import StatedRoute

# The ingestion API refuses larger bodies; the bound also holds for what gzip unfolds to.
_MAX_BODY_BYTES = 64 * 1024 * 1024
_MAX_LIMIT = 10_000
# Connection strings end in a slash, to which the exporter adds one more; Azure takes both.
_TRACK_PATHS = ("/v2.1/track", "//v2.1/track", "/v2/track", "//v2/track")
_TRACKING = simplified("envelopes are kept as they are; nothing is sampled or aggregated")
_PARAMETERS = {"kind", "name", "since", "after", "limit"}


class InsightsService:
    """Keeps telemetry in the SQLite file at ``path``."""

    name = "insights"

    def __init__(self, path: Path, keep_days: int) -> None:
        self._path = path
        self._store = InsightsStore(path, keep_days)

    def routes(self) -> Sequence[BaseRoute]:
        """Return the ingestion routes and the query route."""
        return [
            *(StatedRoute(path, self._track, _TRACKING, methods=["POST"]) for path in _TRACK_PATHS),
            StatedRoute(
                "/insights/items", self._query, own("what was reported, in place of queries")
            ),
        ]

    async def start(self, environment: Mapping[str, str]) -> None:
        """Nothing to start."""

    async def stop(self) -> None:
        """Close the file."""
        self._store.close()

    async def _track(self, request: Request) -> JSONResponse:
        envelopes = _envelopes(await _body(request))
        items: list[Item] = []
        errors: list[dict[str, Any]] = []
        for index, envelope in enumerate(envelopes):
            try:
                items.append(parse_envelope(envelope))
            except EnvelopeError as error:
                errors.append({"index": index, "statusCode": 400, "message": str(error)})
        await run_in_threadpool(self._store.add, items)
        status = 200 if not errors else 206 if items else 400
        return JSONResponse(
            {"itemsReceived": len(envelopes), "itemsAccepted": len(items), "errors": errors},
            status,
        )

    async def _query(self, request: Request) -> JSONResponse:
        query = parse_query(request.query_params)
        return JSONResponse({"items": await run_in_threadpool(read_items, self._path, query)})


def parse_query(parameters: QueryParams | Mapping[str, str]) -> Query:
    """Check the parameters of a query.

    Raises:
        AzureError: 400, naming the first parameter that is wrong.
    """
    unknown = sorted(set(parameters) - _PARAMETERS)
    if unknown:
        raise _bad_query(f"parameters must be of {sorted(_PARAMETERS)}; got {unknown}")
    kind = parameters.get("kind") or None
    if kind and kind not in KINDS:
        raise _bad_query(f"kind must be one of {', '.join(KINDS)}; got {kind!r}")
    return Query(
        kind=kind,
        name=parameters.get("name") or None,
        since=_utc(parameters.get("since")),
        after=_whole_number("after", parameters.get("after") or "0", 2**62),
        limit=_whole_number("limit", parameters.get("limit") or "100", _MAX_LIMIT),
    )


def _utc(text: str | None) -> str | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _bad_query(f"since must be an ISO 8601 time; got {text!r}") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _whole_number(name: str, text: str, most: int) -> int:
    if not text.isdecimal() or int(text) > most:
        raise _bad_query(f"{name} must be a whole number up to {most}; got {text!r}")
    return int(text)


def _bad_query(message: str) -> AzureError:
    return AzureError(400, "BadArgumentError", message)


async def _body(request: Request) -> bytes:
    body = await request.body()
    if request.headers.get("content-encoding", "").lower() == "gzip":
        try:
            body = zlib.decompressobj(wbits=31).decompress(body, _MAX_BODY_BYTES + 1)
        except zlib.error as error:
            raise AzureError(400, "BadRequest", f"the body is not gzip: {error}") from error
    if len(body) > _MAX_BODY_BYTES:
        raise AzureError(413, "PayloadTooLarge", f"a body may have {_MAX_BODY_BYTES} bytes")
    return body


def _envelopes(body: bytes) -> list[Any]:
    """Read a JSON array, one object, or an object per line (``application/x-json-stream``)."""
    try:
        text = body.decode("utf-8-sig")
        try:
            document = json.loads(text)
        except ValueError:
            document = [json.loads(line) for line in text.splitlines() if line.strip()]
    except ValueError as error:
        raise AzureError(400, "BadRequest", f"the body is not JSON: {error}") from error
    return document if isinstance(document, list) else [document]
