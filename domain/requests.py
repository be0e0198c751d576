"""What a caller may ask for, checked field by field before anything starts."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Annotated, Any, Self, TypeVar

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
from domain.messages import NEWEST_STORY, Run, RunRequest
from domain.pipeline import Pipeline, problems_of
from domain.pipeline.source import LakeFiles, LakeGlob
from domain.runs import run_id, windows_id
from domain.spans import Span

MAKES_WINDOWS = ("source", "windows", "aggregates", "chunks")
"""The sections of a pipeline on which its windows depend."""

FIRST_YEAR, LAST_YEAR = 1900, 9000
"""Far enough from what datetime can hold for windows to reach back and zones to be applied."""


def _whole_second(instant: datetime) -> datetime:
    if instant.microsecond or not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise ValueError(f"must be a whole second between the years {FIRST_YEAR} and {LAST_YEAR}")
    return instant


Instant = Annotated[AwareDatetime, AfterValidator(_whole_second)]


class SpanBody(BaseModel):
    """What all bodies that ask for a span have; `input` replaces the source's path."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: Instant = Field(alias="from")
    end: Instant = Field(alias="to")
    input: LakeGlob | None = None

    @model_validator(mode="after")
    def _span_makes_sense(self) -> Self:
        if not self.start < self.end:
            raise ValueError("`to` must be after `from`")
        return self

    @property
    def span(self) -> Span:
        """What is asked for."""
        return Span(self.start, self.end)


class RunBody(SpanBody):
    """The body of `POST /api/pipelines/{name}/runs`."""

    revision: int = Field(1, ge=1, le=999_999, strict=True)


class WindowsBody(SpanBody):
    """The body of `POST /api/pipelines/{name}/windows`; `fresh` makes them anew."""

    fresh: bool = Field(False, strict=True)


_Body = TypeVar("_Body", bound=SpanBody)


def parse_windows_body(data: object, pipeline: Pipeline) -> WindowsBody:
    """The body, checked. Raises RequestError naming every wrong field."""
    return _parse(WindowsBody, data, pipeline)


def parse_run_body(data: object, pipeline: Pipeline) -> RunBody:
    """The body, checked. Raises RequestError naming every wrong field."""
    return _parse(RunBody, data, pipeline)


def _parse(kind: type[_Body], data: object, pipeline: Pipeline) -> _Body:
    if not isinstance(data, dict):
        raise RequestError("body", [Problem("(body)", "must be a JSON object", data)])
    problems: list[Problem] = []
    if data.get("input") is not None and not isinstance(pipeline.source, LakeFiles):
        of_kind = pipeline.source.kind
        rule = f"must be left out: the source of {pipeline.name} is of kind {of_kind}"
        problems.append(Problem("input", rule, data["input"]))
    try:
        body = kind.model_validate(data)
    except ValidationError as error:
        raise RequestError("body", problems + problems_of(error)) from error
    if problems:
        raise RequestError("body", problems)
    return body


def run_request(
    pipeline: Pipeline, span: Span, *, revision: int = 1, trigger: str, input: str | None = None
) -> RunRequest:
    """The input of `run_pipeline` for scoring `span`; `input` replaces the source's path."""
    return RunRequest(
        run=_run(pipeline, span, run_id(pipeline.name, span, revision), revision),
        story=NEWEST_STORY,
        trigger=trigger,
        input=input,
        spec=_spec(pipeline, input),
    )


def windows_request(pipeline: Pipeline, span: Span, *, input: str | None = None) -> RunRequest:
    """The input of `prepare_windows`: the windows of `span`, under a name that says how made."""
    spec = _spec(pipeline, input)
    made_by = json.dumps({part: spec[part] for part in MAKES_WINDOWS}, sort_keys=True)
    fingerprint = hashlib.sha256(made_by.encode()).hexdigest()[:8]
    run = _run(pipeline, span, windows_id(pipeline.name, span, fingerprint), 1)
    return RunRequest(run=run, story=NEWEST_STORY, trigger="training", input=input, spec=spec)


def _run(pipeline: Pipeline, span: Span, name: str, revision: int) -> Run:
    return Run(
        run_id=name,
        pipeline=pipeline.name,
        start=span.start.astimezone(UTC),
        end=span.end.astimezone(UTC),
        revision=revision,
    )


def _spec(pipeline: Pipeline, input: str | None) -> dict[str, Any]:
    spec: dict[str, Any] = pipeline.model_dump(mode="json")
    if input is not None:
        spec["source"] |= {"path": input, "format": None}
    return spec


def utc_now() -> datetime:
    """The present, aware, in UTC. For triggers and activities; orchestrators have their own."""
    return datetime.now(UTC)
