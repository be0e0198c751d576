"""What a runner tells the service about its job, one JSON line per event."""

from localazure.mlbatch.jobs import JobError, Progress
from localazure.mlbatch.lifecycle import ENDED, Status
from localazure.mlbatch.settings import Model


class RunnerEvent(Model):
    """News of the job at hand; a field that is missing has not changed."""

    status: Status | None = None
    progress: Progress | None = None
    error: JobError | None = None
    # What the job started cannot be stopped one by one: the runner must go, with all of it.
    worn_out: bool = False

    @property
    def is_last(self) -> bool:
        """Say whether the runner is done with the job."""
        return self.status in ENDED

    def line(self) -> str:
        """Return the event as one line."""
        return self.model_dump_json(exclude_none=True) + "\n"
