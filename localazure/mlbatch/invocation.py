"""The body of an invocation: what the caller wants scored, where to, and which settings differ.

Shape: what azure-ai-ml posts to the scoring URI, ``{"properties": {"inputData": {...}, ...}}``.
"""

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field, JsonValue, ValidationError, field_validator
from pydantic.alias_generators import to_camel

from localazure.mlbatch.errors import InvalidRequestError
from localazure.mlbatch.problems import problems_of
from localazure.mlbatch.settings import FileName, Model

_DURATION = re.compile(r"^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$")


def _seconds(value: object) -> object:
    """Read an ISO 8601 duration; leave all else to the field's own rule."""
    match = _DURATION.match(value) if isinstance(value, str) else None
    if match is None or value == "PT":
        return value
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds


class _Wire(Model):
    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True
    )


class JobInput(_Wire):
    """A file, or a folder of files, to score."""

    job_input_type: Literal["UriFile", "UriFolder"]
    uri: str = Field(min_length=1)


class JobOutput(_Wire):
    """The file to write; what ``score.py`` writes itself goes beside it."""

    job_output_type: Literal["UriFile"]
    uri: str = Field(min_length=1)
    mode: str | None = None


class ComputeOverride(_Wire):
    """How many nodes this job takes; the rest is what the SDK says along with it."""

    instance_count: int | None = Field(default=None, ge=1)
    is_local: bool | None = None
    target: str | None = None


class RetryOverride(_Wire):
    """Retries of this job."""

    max_retries: int | None = Field(default=None, ge=0)
    timeout: Annotated[int | None, BeforeValidator(_seconds)] = Field(default=None, ge=1)


class Invocation(_Wire):
    """What ``properties`` may hold."""

    input_data: dict[str, JobInput]
    output_data: dict[str, JobOutput] = Field(default_factory=dict)
    name: str | None = Field(default=None, pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_-]{0,254}$")
    properties: dict[str, JsonValue] = Field(default_factory=dict)
    compute: ComputeOverride = ComputeOverride()
    mini_batch_size: int | None = Field(default=None, ge=1)
    error_threshold: int | None = Field(default=None, ge=-1)
    retry_settings: RetryOverride = RetryOverride()
    output_file_name: FileName | None = None

    @field_validator("input_data")
    @classmethod
    def _one_input(cls, value: dict[str, JobInput]) -> dict[str, JobInput]:
        if len(value) != 1:
            raise ValueError(f"a model deployment takes exactly one input; got {len(value)}")
        return value

    @field_validator("output_data")
    @classmethod
    def _one_output(cls, value: dict[str, JobOutput]) -> dict[str, JobOutput]:
        if len(value) > 1:
            raise ValueError(f"a model deployment has one output; got {len(value)}")
        return value

    def overrides(self) -> dict[str, object]:
        """Return the deployment settings that this job states anew, by their YAML names."""
        stated: dict[str, object] = {
            "mini_batch_size": self.mini_batch_size,
            "error_threshold": self.error_threshold,
            "output_file_name": self.output_file_name,
            "instance_count": self.compute.instance_count,
        }
        return {key: value for key, value in stated.items() if value is not None}


class _Body(Model):
    properties: Invocation


def parse_invocation(body: bytes) -> Invocation:
    """Read the body of an invocation; raise ``InvalidRequestError`` with all that is wrong."""
    try:
        return _Body.model_validate_json(body or b"null").properties
    except ValidationError as error:
        raise InvalidRequestError(problems_of(error)) from error
