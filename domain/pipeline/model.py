"""Which model scores a pipeline's windows, and how patiently its jobs are driven."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from domain.durations import Duration
from domain.pipeline.base import NAME_PATTERN, Section

EndpointName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z][a-zA-Z0-9-]{2,31}$")]

PositionName = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]


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


class PlainPredictions(Section):
    """What a script with `output_action: append_row` leaves: one file of rows, without a header,
    with blanks between the fields."""

    file: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+$")] = Field(
        "predictions.csv", description="The name of the file among the job's output."
    )
    columns: Annotated[list[PositionName], Field(min_length=2, max_length=220)] = Field(
        description="What stands in which place: the keys, window_end, all output columns; "
        "model_version and rejected_reason where the script writes them; others are left out."
    )
    model_version: str = Field(
        "plain",
        min_length=1,
        max_length=200,
        description="Stands in `model_version` if the script writes none.",
    )

    @model_validator(mode="after")
    def _places_are_distinct(self) -> PlainPredictions:
        twice = sorted({name for name in self.columns if self.columns.count(name) > 1})
        if twice:
            raise ValueError(f"`columns` must not name a column twice: {twice}")
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
    predictions: PlainPredictions | None = Field(
        None, description="For scripts that append rows. Default: parquet files, as batch/ writes."
    )

    @model_validator(mode="after")
    def _jobs_get_time(self) -> Model:
        if self.job_timeout < timedelta(seconds=1):
            raise ValueError("`job_timeout` must be at least 1s")
        return self
