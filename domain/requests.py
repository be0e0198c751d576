"""What a caller may ask for, checked field by field before anything starts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from domain.errors import Problem, RequestError
from domain.messages import Run, RunRequest
from domain.pipeline import Pipeline, problems_of
from domain.runs import run_id
from domain.spans import Span


class RunBody(BaseModel):
    """The body of `POST /api/pipelines/{name}/runs`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: AwareDatetime = Field(alias="from")
    end: AwareDatetime = Field(alias="to")
    revision: int = Field(1, ge=1, le=999_999, strict=True)
    input: str | None = Field(None, min_length=1, max_length=1000)

    @model_validator(mode="after")
    def _span_makes_sense(self) -> RunBody:
        if not self.start < self.end:
            raise ValueError("`to` must be after `from`")
        if self.start.microsecond or self.end.microsecond:
            raise ValueError("`from` and `to` must be whole seconds")
        return self


def parse_run_body(data: object, pipeline: Pipeline) -> RunBody:
    """The body, checked. Raises RequestError naming every wrong field."""
    if not isinstance(data, dict):
        raise RequestError("body", [Problem("(body)", "must be a JSON object", data)])
    try:
        body = RunBody.model_validate(data)
    except ValidationError as error:
        raise RequestError("body", problems_of(error)) from error
    if body.input is not None and pipeline.source.kind != "files":
        rule = f"must be left out: the source of {pipeline.name} is a {pipeline.source.kind}"
        raise RequestError("body", [Problem("input", rule, body.input)])
    if body.input is not None and (body.input.startswith("/") or ".." in body.input.split("/")):
        rule = "must be a path inside the lake, without a leading / or .."
        raise RequestError("body", [Problem("input", rule, body.input)])
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
