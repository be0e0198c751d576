"""Azure ML's own YAML files for batch endpoints and model deployments, read and checked.

The same files are applied to Azure by azure-ai-ml. They are checked here by models of the
documented fields because loading the SDK takes seconds; a test compares both.
"""

from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

import yaml
from pydantic import Field, JsonValue, ValidationError, model_validator

from localazure.mlbatch.errors import DefinitionError
from localazure.mlbatch.problems import problems_of
from localazure.mlbatch.settings import EnvironmentVariables, Model, ScoringSettings

Name = Annotated[str, Field(pattern=r"^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$", max_length=32)]
Tags = dict[str, JsonValue]
_M = TypeVar("_M", bound=Model)


class _Document(Model):
    editor_schema: str | None = Field(default=None, alias="$schema")
    name: Name
    description: str | None = None
    tags: Tags = Field(default_factory=dict)
    properties: Tags = Field(default_factory=dict)


class EndpointDefaults(Model):
    """Which deployment answers when the caller names none."""

    deployment_name: Name | None = None


class EndpointFile(_Document):
    """``endpoint.yml``."""

    auth_mode: Literal["aad_token"] = "aad_token"
    defaults: EndpointDefaults = EndpointDefaults()


class CodeConfiguration(Model):
    """The folder of the scoring code, and the script in it."""

    code: Path
    scoring_script: Path


class ModelReference(Model):
    """A model given by a path, as it would be registered."""

    path: Path
    name: str | None = None
    version: str | int | None = None
    type: str | None = None
    description: str | None = None
    tags: Tags = Field(default_factory=dict)
    properties: Tags = Field(default_factory=dict)


class Resources(Model):
    """Where a job runs. Only the number of instances has a meaning here."""

    instance_count: int = Field(default=1, ge=1)
    instance_type: str | None = None
    properties: Tags = Field(default_factory=dict)


class DeploymentFile(_Document):
    """``deployment.yml`` of a model deployment, with its paths relative to the file."""

    endpoint_name: Name
    type: Literal["model"] = "model"
    model: ModelReference | str | None = None
    code_configuration: CodeConfiguration
    environment: JsonValue = None
    environment_variables: EnvironmentVariables = Field(default_factory=dict)
    compute: str | None = None
    resources: Resources = Resources()
    settings: ScoringSettings = ScoringSettings()

    @model_validator(mode="after")
    def _settle(self) -> Self:
        """Bring together what Azure ML lets a file say in two places."""
        stated = self.settings.model_fields_set
        update = {
            "environment_variables": self.environment_variables
            | self.settings.environment_variables,
        }
        if "instance_count" not in stated:
            update["instance_count"] = self.resources.instance_count  # type: ignore[assignment]
        settings = self.settings.model_copy(update=update)
        object.__setattr__(self, "settings", settings)
        return self


def load_endpoint(path: Path) -> EndpointFile:
    """Read ``endpoint.yml``; raise ``DefinitionError`` with all that is wrong in it."""
    return _load(path, EndpointFile)


def load_deployment(path: Path) -> DeploymentFile:
    """Read ``deployment.yml``; raise ``DefinitionError`` with all that is wrong in it."""
    return _load(path, DeploymentFile)


def _load(path: Path, model: type[_M]) -> _M:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DefinitionError(path.name, [f"cannot be read: {error.strerror}"]) from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise DefinitionError(path.name, [f"is not YAML: {error}".replace("\n", " ")]) from error
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise DefinitionError(path.name, problems_of(error)) from error
