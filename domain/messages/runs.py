"""A run: which one, where it came from, and what the ledger should say about it."""

from __future__ import annotations

from typing import Any

from pydantic import AwareDatetime, Field

from domain.messages.base import Message
from domain.pipeline import Pipeline
from domain.runs import RunStatus, Stage
from domain.spans import Span


class Run(Message):
    """Which run is meant: handed to everything that works for it."""

    run_id: str
    pipeline: str
    start: AwareDatetime
    end: AwareDatetime
    revision: int = Field(ge=1)

    @property
    def span(self) -> Span:
        """What the run scores."""
        return Span(self.start, self.end)


NEWEST_STORY = 2
"""The story of `run_pipeline` that new runs follow."""


class RunRequest(Message):
    """The input of `run_pipeline`: the run, where it came from, and the pipeline as it is now.

    `story` is the version of the orchestration that the run follows: a run that was under way when
    a new version was deployed must go on as it began, or its replay would not match its history.
    """

    run: Run
    story: int = Field(1, ge=1, le=NEWEST_STORY)
    trigger: str
    input: str | None = None
    spec: dict[str, Any]

    @property
    def pipeline(self) -> Pipeline:
        """The pipeline, as it was when the run was asked for."""
        return Pipeline.model_validate(self.spec)

    @property
    def replaces_all(self) -> bool:
        """Whether windows of the span that the run does not find are gone: it is not the first to
        score the span, and it reads what the pipeline reads."""
        return self.run.revision > 1 and self.input is None


class RunRecord(Message):
    """What the ledger should say about a run now; what is None or empty stays as it was."""

    run: Run
    status: RunStatus
    stage: Stage
    counts: dict[str, int] = Field(default_factory=dict)
    seconds: dict[str, float] = Field(default_factory=dict)
    facts: dict[str, Any] = Field(
        default_factory=dict,
        description="What else is known of the run, by topic: small JSON (sizing, quality, cost).",
    )
    error: str | None = None
    reconciled: bool | None = None
    at: AwareDatetime
    request: RunRequest | None = None
