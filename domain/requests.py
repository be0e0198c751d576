"""What a caller may ask for, checked field by field before anything starts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from domain.errors import Problem, RequestError
from domain.messages import Run, RunRequest
from domain.pipeline import Pipeline, problems_of
from domain.pipeline.source import LakeFiles, LakeGlob
from domain.runs import run_id
from domain.spans import Span

FIRST_YEAR, LAST_YEAR = 1900, 9000
"""Far enough from what datetime can hold for windows to reach back and zones to be applied."""


def _whole_second(instant: datetime) -> datetime:
    if instant.microsecond or not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise ValueError(f"must be a whole second between the years {FIRST_YEAR} and {LAST_YEAR}")
    return instant


Instant = Annotated[AwareDatetime, AfterValidator(_whole_second)]


class RunBody(BaseModel):
    """The body of `POST /api/pipelines/{name}/runs`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: Instant = Field(alias="from")
    end: Instant = Field(alias="to")
    revision: int = Field(1, ge=1, le=999_999, strict=True)
    input: LakeGlob | None = None

    @model_validator(mode="after")
    def _span_makes_sense(self) -> RunBody:
        if not self.start < self.end:
            raise ValueError("`to` must be after `from`")
        return self


def parse_run_body(data: object, pipeline: Pipeline) -> RunBody:
    """The body, checked. Raises RequestError naming every wrong field."""
    if not isinstance(data, dict):
        raise RequestError("body", [Problem("(body)", "must be a JSON object", data)])
    problems: list[Problem] = []
    if data.get("input") is not None and not isinstance(pipeline.source, LakeFiles):
        kind = pipeline.source.kind
        rule = f"must be left out: the source of {pipeline.name} is of kind {kind}"
        problems.append(Problem("input", rule, data["input"]))
    try:
        body = RunBody.model_validate(data)
    except ValidationError as error:
        raise RequestError("body", problems + problems_of(error)) from error
    if problems:
        raise RequestError("body", problems)
    return body


def run_request(
    pipeline: Pipeline, span: Span, *, revision: int = 1, trigger: str, input: str | None = None
) -> RunRequest:
    """The input of `run_pipeline` for scoring `span`; `input` replaces the source's path."""
    run = Run(
        run_id=run_id(pipeline.name, span, revision),
        pipeline=pipeline.name,
        start=span.start.astimezone(UTC),
        end=span.end.astimezone(UTC),
        revision=revision,
    )
    spec: dict[str, Any] = pipeline.model_dump(mode="json")
    if input is not None:
        spec["source"] |= {"path": input, "format": None}
    return RunRequest(run=run, trigger=trigger, input=input, spec=spec)


def utc_now() -> datetime:
    """The present, aware, in UTC. For triggers and activities; orchestrators have their own."""
    return datetime.now(UTC)
