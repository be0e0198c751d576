"""How a deployment scores: the fields and defaults of Azure ML's model deployment settings.

They stand apart because three sides share them: the YAML file states them, an invocation overrides
some, and the runner obeys them.
Source of names and defaults: "CLI (v2) batch deployment YAML schema".
"""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _text(value: object) -> object:
    # YAML turns 1 and true into other types; an environment variable is always text.
    return str(value) if isinstance(value, bool | int | float) else value


EnvironmentVariables = dict[str, Annotated[str, BeforeValidator(_text)]]
# A name that is one file beside the others, never a path out of the output folder.
FileName = Annotated[str, Field(min_length=1, pattern=r"^[^/\\]+$")]


class Model(BaseModel):
    """A frozen model that knows its fields and refuses all others."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RetrySettings(Model):
    """What to do when ``run()`` fails: how often again, and how long one call may take (s)."""

    max_retries: int = Field(default=3, ge=0)
    timeout: int = Field(default=30, ge=1)


class ScoringSettings(Model):
    """How files become mini-batches, who scores them, and what is kept of the results."""

    mini_batch_size: int = Field(default=10, ge=1)
    max_concurrency_per_instance: int = Field(default=1, ge=1)
    instance_count: int = Field(default=1, ge=1)
    output_action: Annotated[Literal["append_row", "summary_only"], BeforeValidator(_lower)] = (
        "append_row"
    )
    output_file_name: FileName = "predictions.csv"
    error_threshold: int = Field(default=-1, ge=-1)
    retry_settings: RetrySettings = RetrySettings()
    logging_level: Annotated[Literal["warning", "info", "debug"], BeforeValidator(_lower)] = "info"
    environment_variables: EnvironmentVariables = Field(default_factory=dict)

    @property
    def workers(self) -> int:
        """How many processes score at once, over all instances."""
        return self.max_concurrency_per_instance * self.instance_count
