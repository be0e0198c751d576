"""Asks the app for a run over HTTP, and follows it until it ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import datetime
from types import TracebackType
from typing import Any

import httpx

from demo.data import Data
from demo.errors import DemoError
from demo.run_state import RunState, parse_run
from domain.quality import ColumnMeasure

POLL_EVERY_S = 1.0
SILENCE_S = 60.0  # for so long the app may be away
STANDSTILL_S = 900.0  # for so long a run may show no progress


class RunClient:
    """The app's API, as far as the demo needs it."""

    def __init__(self, functions: str, transport: httpx.BaseTransport | None = None) -> None:
        self._http = httpx.Client(
            base_url=functions.rstrip("/"), timeout=30.0, trust_env=False, transport=transport
        )

    def __enter__(self) -> RunClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def start(self, pipeline: str, data: Data) -> str:
        """Starts a run over the data's span; returns its id. Raises DemoError if it is refused."""
        body = {"from": _iso(data.start), "to": _iso(data.end)}
        if data.input is not None:
            body["input"] = data.input
        try:
            response = self._http.post(f"/api/pipelines/{pipeline}/runs", json=body)
        except httpx.TransportError as error:
            raise DemoError(f"the app does not answer: {error}") from error
        if response.status_code != httpx.codes.ACCEPTED:
            raise DemoError(
                f"the run was refused with {response.status_code}: {response.text.strip()}"
            )
        run_id: str = response.json()["id"]
        return run_id

    def state(self, run_id: str) -> RunState | None:
        """How the run is; None while the app is away or does not know it yet."""
        try:
            response = self._http.get(f"/api/runs/{run_id}")
        except httpx.TransportError:
            return None
        return parse_run(response.json()) if response.is_success else None

    def quality(self, run_id: str) -> tuple[ColumnMeasure, ...]:
        """What each column of the run looked like; none if that was not measured.

        Raises DemoError if the app does not tell.
        """
        try:
            response = self._http.get(f"/api/runs/{run_id}/quality").raise_for_status()
        except httpx.HTTPError as error:
            raise DemoError(f"the app does not tell the run's quality: {error}") from error
        return tuple(map(_measure, response.json()["quality"]))

    def follow(
        self,
        run_id: str,
        check: Callable[[], None],
        *,
        wait: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> Iterator[RunState]:
        """Yields the run's state again and again; the last one has ended.

        `check` is called each time, and raises if it makes no sense to wait any longer. Raises
        DemoError if the app is silent, or the run stands still, for too long.
        """
        heard = moved = clock()
        last: RunState | None = None
        while last is None or not last.has_ended:
            if last is not None:
                wait(POLL_EVERY_S)
            check()
            state, now = self.state(run_id), clock()
            if state is None:
                if now - heard > SILENCE_S:
                    raise DemoError(f"the app has told nothing of run {run_id} for a minute")
                wait(POLL_EVERY_S)
                continue
            heard = now
            moved = now if state != last else moved
            if now - moved > STANDSTILL_S:
                raise DemoError(f"run {run_id} stands still in stage {state.stage}")
            last = state
            yield state


def _measure(line: dict[str, Any]) -> ColumnMeasure:
    return ColumnMeasure(**{field.name: line[field.name] for field in fields(ColumnMeasure)})


def _iso(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")
