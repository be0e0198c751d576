"""``localazure.yml``: what exists in the local cloud, as ``infra/`` says what exists in Azure.

It stands apart from the state folder: this file is written by people and committed, the state is
written by the local cloud and thrown away.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from localazure.errors import ConfigurationError

# The naming rule of Azure Storage containers.
ContainerName = Annotated[str, Field(pattern=r"^[a-z0-9](?:-?[a-z0-9]){2,62}$")]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Storage(_Section):
    """The storage account: blob containers to create when they are missing."""

    containers: tuple[ContainerName, ...] = ()


class Identity(_Section):
    """The managed identity; Azure's tokens live for a day, tests may want less."""

    token_lifetime_s: int = Field(default=86_400, ge=1)


class Insights(_Section):
    """Application Insights: telemetry older than ``keep_days`` is dropped at every start."""

    keep_days: int = Field(default=30, ge=1)


class Datastore(_Section):
    """An Azure ML datastore over a container of the storage account."""

    container: ContainerName


class BatchEndpoint(_Section):
    """A batch endpoint and its deployments, as paths of Azure ML's own YAML files."""

    endpoint: Path
    deployments: tuple[Path, ...] = Field(min_length=1)


class MachineLearning(_Section):
    """The Azure ML workspace, and how many nodes this machine may play at once."""

    subscription_id: str = "00000000-0000-0000-0000-000000000000"
    resource_group: str = "local"
    workspace: str = "windrow"
    datastores: dict[str, Datastore] = Field(default_factory=dict)
    max_nodes: int = Field(default=2, ge=1)
    endpoints: tuple[BatchEndpoint, ...] = ()


class Configuration(_Section):
    """All of ``localazure.yml``; a section that is left out does not exist in the cloud."""

    storage: Storage = Storage()
    identity: Identity = Identity()
    insights: Insights = Insights()
    machine_learning: MachineLearning | None = None

    @model_validator(mode="after")
    def _datastores_need_their_container(self) -> Self:
        known = set(self.storage.containers)
        datastores = self.machine_learning.datastores if self.machine_learning else {}
        missing = sorted({store.container for store in datastores.values()} - known)
        if missing:
            raise ValueError(f"datastores must name a container of storage; got {missing}")
        return self


def load_configuration(path: Path) -> Configuration:
    """Read and check a configuration file.

    Raises:
        ConfigurationError: with every problem of the file at once.
    """
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(str(path), ["there is no such file"]) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError(str(path), [f"cannot be read as YAML: {error}"]) from error
    return parse_configuration(document if document is not None else {}, source=str(path))


def parse_configuration(document: Mapping[str, Any], *, source: str) -> Configuration:
    """Check a configuration that is already parsed; ``source`` names it in messages."""
    try:
        return Configuration.model_validate(document)
    except ValidationError as error:
        problems = [
            f"{'.'.join(str(part) for part in item['loc']) or 'the file'}: {item['msg']}; "
            f"got {_shown(item['input'])}"
            for item in error.errors(include_url=False)
        ]
        raise ConfigurationError(source, problems) from error


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
