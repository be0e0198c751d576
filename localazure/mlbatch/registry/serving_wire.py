"""The bodies of endpoints and deployments.

Source: "Batch Endpoints" and "Batch Deployments - Create Or Update" in Azure ML's REST reference.
"""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, JsonValue, field_validator

from localazure.mlbatch.definitions import EndpointFile, Name, Tags
from localazure.mlbatch.invocation import RetryOverride
from localazure.mlbatch.registry.wire import Wire
from localazure.mlbatch.settings import EnvironmentVariables, FileName, ScoringSettings


def _snake(value: object) -> object:
    """Read ``AppendRow`` as ``append_row``; the SDK sends either."""
    known = {"appendrow": "append_row", "summaryonly": "summary_only"}
    return known.get(value.replace("_", "").lower(), value) if isinstance(value, str) else value


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


class _Tracked(Wire):
    location: str | None = None
    tags: Tags = Field(default_factory=dict)
    kind: str | None = None
    sku: JsonValue = None
    identity: JsonValue = None


class EndpointDefaults(Wire):
    """Which deployment answers when the caller names none."""

    deployment_name: Name | None = None


class EndpointProperties(Wire):
    """What an endpoint says of itself."""

    description: str | None = None
    properties: Tags = Field(default_factory=dict)
    auth_mode: Annotated[Literal["aadtoken"], BeforeValidator(_lower)] = "aadtoken"
    defaults: EndpointDefaults = EndpointDefaults()


class EndpointResource(_Tracked):
    """The body of a batch endpoint."""

    properties: EndpointProperties

    def definition(self, name: str) -> EndpointFile:
        """Return the endpoint as its YAML file would say it."""
        stated = self.properties
        return EndpointFile.model_validate(
            {
                "name": name,
                "description": stated.description,
                "tags": self.tags,
                "properties": stated.properties,
                "defaults": {"deployment_name": stated.defaults.deployment_name},
            }
        )


class CodeReference(Wire):
    """A code asset and the script in it."""

    code_id: str
    scoring_script: str = Field(min_length=1)

    @field_validator("scoring_script")
    @classmethod
    def _stays_inside(cls, value: str) -> str:
        if value.startswith("/") or ".." in value.split("/"):
            raise ValueError("must be a path below the code folder")
        return value


class ModelId(Wire):
    """A model asset."""

    reference_type: Literal["Id"] = "Id"
    asset_id: str


class Resources(Wire):
    """The nodes of a job."""

    instance_count: int = Field(default=1, ge=1)
    instance_type: str | None = None
    properties: Tags = Field(default_factory=dict)


class DeploymentProperties(Wire):
    """A model deployment; a setting that is left out has Azure ML's default."""

    model: ModelId
    code_configuration: CodeReference
    environment_id: str
    compute: str
    description: str | None = None
    properties: Tags = Field(default_factory=dict)
    environment_variables: EnvironmentVariables = Field(default_factory=dict)
    resources: Resources = Resources()
    mini_batch_size: int | None = Field(default=None, ge=1)
    max_concurrency_per_instance: int | None = Field(default=None, ge=1)
    output_action: Annotated[
        Literal["append_row", "summary_only"] | None, BeforeValidator(_snake)
    ] = None
    output_file_name: FileName | None = None
    error_threshold: int | None = Field(default=None, ge=-1)
    retry_settings: RetryOverride = RetryOverride()
    logging_level: Annotated[
        Literal["warning", "info", "debug"] | None, BeforeValidator(_lower)
    ] = None

    def settings(self) -> ScoringSettings:
        """Return how the deployment scores, defaults included."""
        stated = {
            "mini_batch_size": self.mini_batch_size,
            "max_concurrency_per_instance": self.max_concurrency_per_instance,
            "output_action": self.output_action,
            "output_file_name": self.output_file_name,
            "error_threshold": self.error_threshold,
            "logging_level": self.logging_level,
            "instance_count": self.resources.instance_count,
            "environment_variables": self.environment_variables,
            "retry_settings": self.retry_settings.model_dump(exclude_none=True),
        }
        return ScoringSettings.model_validate(
            {key: value for key, value in stated.items() if value is not None}
        )


class DeploymentResource(_Tracked):
    """The body of a batch deployment."""

    properties: DeploymentProperties
