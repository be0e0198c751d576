"""A run as `GET /api/runs/{id}` tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from demo.run_facts import RunFacts

ENDED = ("Completed", "CompletedWithErrors", "Failed", "Cancelled")


@dataclass(frozen=True)
class RunState:
    """How a run is. `counts`, `chunks` (by state) and `seconds` (by stage) are as the app names
    them; what it has not counted yet is 0."""

    run_id: str
    pipeline: str
    status: str = "Pending"
    stage: str = "listing"
    counts: Mapping[str, int] = field(default_factory=dict)
    chunks: Mapping[str, int] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    errors: tuple[str, ...] = ()
    reconciled: bool | None = None
    facts: RunFacts = field(default_factory=RunFacts)

    @property
    def has_ended(self) -> bool:
        """Whether nothing will happen to the run any more."""
        return self.status in ENDED

    @property
    def is_good(self) -> bool:
        """Whether the run completed and all its rows are accounted for."""
        return self.status == "Completed" and self.reconciled is True

    def count(self, name: str) -> int:
        """One of the run's counts."""
        return self.counts.get(name) or 0

    @property
    def all_chunks(self) -> int:
        """How many chunks the run has so far."""
        return self.count("chunks") or sum(self.chunks.values())


def parse_run(body: Mapping[str, Any]) -> RunState:
    """The run in a response's JSON body."""
    return RunState(
        run_id=body["run_id"],
        pipeline=body["pipeline"],
        status=body["status"],
        stage=body.get("stage") or "listing",
        counts=_numbers(body.get("counts")),
        chunks=_numbers(body.get("chunks")),
        seconds=_numbers(body.get("seconds")),
        errors=_errors(body),
        reconciled=body.get("reconciled"),
        facts=RunFacts(body.get("facts") or {}),
    )


def _numbers(values: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (values or {}).items() if value is not None}


def _errors(body: Mapping[str, Any]) -> tuple[str, ...]:
    """What happened to chunks, and to the run itself."""
    of_chunks = [_sentence(error) for error in body.get("errors") or ()]
    return (*([f"run: {body['error']}"] if body.get("error") else []), *of_chunks)


def _sentence(error: Mapping[str, Any]) -> str:
    chunk, attempt = error.get("chunk"), error.get("attempt")
    where = "run" if chunk is None else f"chunk {chunk}"
    return f"{where}{f', attempt {attempt}' if attempt else ''}: {error.get('reason')}"
