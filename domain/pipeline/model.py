"""Which model scores a pipeline's windows, and how patiently its jobs are driven."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from domain.durations import Duration
from domain.pipeline.base import Section

EndpointName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z][a-zA-Z0-9-]{2,31}$")]


class Polling(Section):
    """How often a job is asked how it is: `first`, then `factor` times longer, up to `cap`."""

    first: Duration = timedelta(seconds=10)
    factor: float = Field(1.5, ge=1, le=10)
    cap: Duration = timedelta(minutes=2)

    @model_validator(mode="after")
    def _grows(self) -> Polling:
        if self.first < timedelta(milliseconds=100):
            raise ValueError("`first` must be at least 100ms")
        if not self.first <= self.cap <= timedelta(hours=6):
            raise ValueError("`cap` must be at least `first` and at most 6h")
        return self


class Model(Section):
    """The Azure ML batch endpoint that scores the windows."""

    endpoint: EndpointName
    deployment: EndpointName | None = Field(
        None, description="Default: the endpoint's default deployment."
    )
    mini_batch_size: int | None = Field(
        None, ge=1, description="Files per call of run(); default: the deployment's."
    )
    job_timeout: Duration = Field(
        timedelta(hours=1),
        description="A job that makes no progress for this long is cancelled and resubmitted.",
    )
    max_attempts: int = Field(3, ge=1, le=10, description="Jobs per chunk before it is given up.")
    poll: Polling = Polling()

    @model_validator(mode="after")
    def _jobs_get_time(self) -> Model:
        if self.job_timeout < timedelta(seconds=1):
            raise ValueError("`job_timeout` must be at least 1s")
        return self
