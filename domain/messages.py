"""What crosses the boundary between triggers, orchestrators and activities: small, exact JSON.

Every message turns into a plain dict with `to_json` and back with `from_json`; a test walks them
all. None of them grows with the data: rows stay in the lake, and messages tell names and counts.
"""

from __future__ import annotations

from typing import Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from domain.pipeline import Pipeline
from domain.runs import RunStatus, Stage
from domain.spans import Span


class Message(BaseModel):
    """A frozen record with an exact JSON form."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def to_json(self) -> dict[str, Any]:
        """The message as plain JSON types."""
        return self.model_dump(mode="json")

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """The message that `to_json` wrote. Raises pydantic.ValidationError for anything else."""
        return cls.model_validate(data)


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


class RunRequest(Message):
    """The input of `run_pipeline`: the run, where it came from, and the pipeline as it is now."""

    run: Run
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
    counts: dict[str, int] = {}
    seconds: dict[str, float] = {}
    error: str | None = None
    reconciled: bool | None = None
    at: AwareDatetime
    request: RunRequest | None = None


class Listing(Message):
    """What `list_inputs` found."""

    slices: int
    files: int
    rows: int | None = Field(description="Events in the files, where they tell; None otherwise.")


class SliceOrder(Message):
    """Which slice `aggregate_windows` works on."""

    run: Run
    slice: int


class SliceResult(Message):
    """What `aggregate_windows` did with one slice."""

    slice: int
    events_read: int
    events_quarantined: int
    events_duplicate: int
    events_late: int = 0
    events_redelivered: int = 0
    windows: int
    parts: int


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


class Removed(Message):
    """What `remove_vanished` did."""

    rows: int


class IntervalOrder(Message):
    """Which interval of which pipeline an activity works on; `interval` is its label."""

    pipeline: str
    interval: str


class BurstOrder(Message):
    """The input of `collect_burst`: an interval, and what one life hands to the next.

    `closes_at` is when no event can be on time any more; after it, the interval is scored when
    nothing landed for `quiet_s`, at the latest at `latest_at`.
    """

    pipeline: str
    interval: str
    closes_at: AwareDatetime
    latest_at: AwareDatetime
    quiet_s: float
    max_events: int | None = None
    signalled: int = Field(0, description="New events that signals told of since the last look.")
    last_signal_at: AwareDatetime | None = None
    runs: tuple[str, ...] = Field((), description="The runs that were made, by id.")


class Landing(Message):
    """The signal to `collect_burst`: so many events have landed for its interval."""

    events: int


class IntervalLook(Message):
    """What lies in the lake for an interval: its events, and those that no run has read.

    `request` is the run to make; None if the newest run has read everything.
    """

    events: int
    new_events: int
    request: RunRequest | None = None


class Compacted(Message):
    """What `compact_interval` did: how many files became one."""

    files: int


class BurstResult(Message):
    """How the collecting of an interval ended."""

    pipeline: str
    interval: str
    events: int
    runs: tuple[str, ...]


class ReconcileOrder(Message):
    """What a run believes it did, for `reconcile_run` to prove."""

    run: Run
    windows: int
    chunks: int


class StoredCounts(Message):
    """What the database holds of a run."""

    chunks_scored: int
    chunks_failed: int
    jobs_submitted: int
    rows_scored: int
    rows_rejected: int
    rows_failed: int = Field(description="Rows of chunks that were given up.")
    rows_in_sql: int
    rows_superseded: int


class Reconciled(StoredCounts):
    """What `reconcile_run` counted, and whether it adds up."""

    balanced: bool
    explanation: str
