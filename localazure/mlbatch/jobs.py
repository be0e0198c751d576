"""A job as the service knows it: what was asked for, where it is, what came of it."""

from dataclasses import dataclass, field
from datetime import datetime

from pydantic import JsonValue

from localazure.mlbatch.lifecycle import ENDED, Status


@dataclass(frozen=True)
class Progress:
    """How far the scoring of a job's files has come."""

    mini_batches_total: int = 0
    mini_batches_done: int = 0
    mini_batches_failed: int = 0
    files_total: int = 0
    files_failed: int = 0
    first_error: str | None = None


@dataclass(frozen=True)
class JobError:
    """Why a job failed, in one sentence that a user can act on."""

    code: str
    message: str


@dataclass(frozen=True)
class Job:
    """One invocation of an endpoint."""

    name: str
    endpoint: str
    deployment: str
    invocation: dict[str, JsonValue]
    created_at: datetime
    status: Status = Status.NOT_STARTED
    instance_count: int = 1
    compute: str = "local"
    started_at: datetime | None = None
    ended_at: datetime | None = None
    progress: Progress = field(default_factory=Progress)
    error: JobError | None = None

    @property
    def ended(self) -> bool:
        """Say whether nothing more will happen to the job."""
        return self.status in ENDED
