"""The stream's part of the app's API: intervals, and what is in the quarantine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any

import httpx

from demo.errors import DemoError
from demo.streaming.intervals import IntervalState, parse_interval
from demo.streaming.plan import stream_of
from demo.streaming.reasons import short_reason
from domain.pipeline import Pipeline
from domain.spans import iso

PAGE = 1000


class StreamClient:
    """Asks about one pipeline's stream from `start` to `end`."""

    def __init__(
        self,
        functions: str,
        pipeline: Pipeline,
        start: datetime,
        end: datetime,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        # What lies exactly at the start belongs to the interval before.
        before: timedelta = stream_of(pipeline).score_every
        self._span = {"from": iso(start - before), "to": iso(end)}
        self._path = f"/api/pipelines/{pipeline.name}"
        self._http = httpx.Client(
            base_url=functions.rstrip("/"), timeout=30.0, trust_env=False, transport=transport
        )

    def __enter__(self) -> StreamClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def intervals(self) -> tuple[IntervalState, ...] | None:
        """The intervals in which something has landed, in order; None while the app is away."""
        try:
            found = self._pages("intervals", "intervals", "from", self._span)
            return tuple(sorted(map(parse_interval, found), key=lambda one: one.label))
        except httpx.HTTPError:
            return None

    def quarantined(self) -> Counter[str]:
        """How many events are in the quarantine, by reason. Raises DemoError if it is not told."""
        try:
            found = self._pages("quarantine", "events", "after", {"limit": str(PAGE)})
            return Counter(short_reason(event["reason"]) for event in found)
        except httpx.HTTPError as error:
            raise DemoError(f"the app does not tell what is in the quarantine: {error}") from error

    def _pages(
        self, route: str, name: str, onwards: str, query: dict[str, str]
    ) -> Iterator[dict[str, Any]]:
        """The objects of all pages; `onwards` is the parameter that takes a page's `next`."""
        while True:
            response = self._http.get(f"{self._path}/{route}", params=query)
            page = response.raise_for_status().json()
            yield from page[name]
            if page.get("next") is None:
                return
            query = {**query, onwards: page["next"]}
