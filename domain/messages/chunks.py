"""How windows are cut into chunks, and how segments and chunks are driven."""

from __future__ import annotations

from pydantic import AwareDatetime, Field

from domain.messages.base import Message
from domain.messages.runs import Run
from domain.pipeline import Pipeline


class SizeOrder(Message):
    """What `size_chunks` has to go by."""

    run: Run
    events: int | None = Field(description="Events in the run's input, where that is known.")


class Sized(Message):
    """How large parts and chunks are to be, and why in one sentence or two."""

    rows_per_part: int = Field(ge=1)
    parts_per_chunk: int = Field(ge=1)
    why: str


class PlanOrder(Message):
    """What `plan_chunks` has to group."""

    run: Run
    slices: int


class Plan(Message):
    """What `plan_chunks` decided; the plan itself lies in the lake."""

    chunks: int
    rows: int
    segments: int


class Policy(Message):
    """How patiently jobs are driven; seconds."""

    max_attempts: int
    job_timeout_s: float
    poll_first_s: float
    poll_factor: float
    poll_cap_s: float

    @classmethod
    def of(cls, pipeline: Pipeline) -> Policy:
        """The policy that a pipeline's file asks for."""
        model = pipeline.model
        return cls(
            max_attempts=model.max_attempts,
            job_timeout_s=model.job_timeout.total_seconds(),
            poll_first_s=model.poll.first.total_seconds(),
            poll_factor=model.poll.factor,
            poll_cap_s=model.poll.cap.total_seconds(),
        )


class SegmentOrder(Message):
    """The input of `score_segment`: chunks `first` to `first + count - 1`."""

    run: Run
    segment: int
    first: int
    count: int
    in_flight: int
    policy: Policy


class SegmentResult(Message):
    """How a segment ended."""

    scored: int
    failed: int


class Watch(Message):
    """A job that is being watched: what survives `continue_as_new`."""

    attempt: int
    job_name: str
    delay_s: float
    progress: str
    progress_at: AwareDatetime


class ChunkOrder(Message):
    """The input of `score_chunk`; `watch` is set when a job is under way already."""

    run: Run
    segment: int
    chunk: int
    policy: Policy
    attempt: int = 1
    watch: Watch | None = None


class ChunkResult(Message):
    """How a chunk ended."""

    chunk: int
    scored: bool
