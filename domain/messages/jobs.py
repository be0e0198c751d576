"""One attempt at one chunk, and what can become of it."""

from __future__ import annotations

from pydantic import Field

from domain.messages.base import Message
from domain.messages.runs import Run
from domain.runs import Stage


class JobOrder(Message):
    """Which attempt at which chunk an activity works on."""

    run: Run
    segment: int
    chunk: int
    attempt: int


class Submitted(Message):
    """A job that is under way."""

    job_name: str
    adopted: bool = Field(description="Whether it was there already when it was looked for.")


class JobLook(Message):
    """What a look at a job showed."""

    status: str
    progress: str = Field(description="Changes whenever the job got further.")
    message: str = ""


class Upserted(Message):
    """What `upsert_scores` did with a chunk's scores."""

    rows_scored: int
    rows_rejected: int
    rows_superseded: int


class Failure(Message):
    """Something that failed: an attempt at a chunk, a chunk for good, or a whole run."""

    run: Run
    reason: str
    stage: Stage
    segment: int | None = None
    chunk: int | None = None
    attempt: int | None = None
    final: bool = False
