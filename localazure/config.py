"""``localazure.yml``: what exists in the local cloud, as ``infra/`` says what exists in Azure.

It stands apart from the state folder: this file is written by people and committed, the state is
written by the local cloud and thrown away.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from localazure.errors import ConfigurationError
from localazure.mlbatch.fault_rules import FaultRule
from localazure.mlbatch.runner.conditions import WorkerLimits

# The naming rule of Azure Storage containers.
ContainerName = Annotated[str, Field(pattern=r"^[a-z0-9](?:-?[a-z0-9]){2,62}$")]
# The naming rules of Event Hubs.
HubName = Annotated[str, Field(pattern=r"^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,254}[A-Za-z0-9])?$")]
ConsumerGroupName = Annotated[
    str, Field(pattern=r"^(?:\$Default|[A-Za-z0-9](?:[A-Za-z0-9._-]{0,48}[A-Za-z0-9])?)$")
]
DEFAULT_CONSUMER_GROUP = "$Default"


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
    """The Azure ML workspace, and how this machine plays it.

    ``computes`` are paths of Azure ML's own YAML files; ``max_nodes`` is how many nodes with jobs
    the machine plays at once, ``node_start_s`` how long one takes to start, ``preparing_s`` how
    long a job stays in each status before it is queued. ``worker_limits`` hold for each scoring
    process, ``faults`` are what goes wrong on purpose.
    """

    subscription_id: str = "00000000-0000-0000-0000-000000000000"
    resource_group: str = "local"
    workspace: str = "windrow"
    datastores: dict[str, Datastore] = Field(default_factory=dict)
    max_nodes: int = Field(default=2, ge=1)
    node_start_s: float = Field(default=0.0, ge=0)
    preparing_s: float = Field(default=0.0, ge=0)
    worker_limits: WorkerLimits = WorkerLimits()
    faults: tuple[FaultRule, ...] = ()
    computes: tuple[Path, ...] = ()
    endpoints: tuple[BatchEndpoint, ...] = ()


class EventHub(_Section):
    """An event hub; events older than ``retention_hours`` are dropped."""

    partitions: int = Field(default=4, ge=1, le=32)
    consumer_groups: tuple[ConsumerGroupName, ...] = (DEFAULT_CONSUMER_GROUP,)
    # The premium tier's 90 days are the most.
    retention_hours: int = Field(default=24, ge=1, le=2160)

    @field_validator("consumer_groups")
    @classmethod
    def _default_group_exists(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        """As in Azure, every hub has the default group, and names ignore case."""
        groups = {group.casefold(): group for group in (*given, DEFAULT_CONSUMER_GROUP)}
        return (
            DEFAULT_CONSUMER_GROUP,
            *(g for g in groups.values() if g != DEFAULT_CONSUMER_GROUP),
        )


class EventHubs(_Section):
    """The Event Hubs namespace: hubs by name."""

    hubs: dict[HubName, EventHub] = Field(default_factory=dict)

    @field_validator("hubs")
    @classmethod
    def _names_ignore_case(cls, given: dict[str, EventHub]) -> dict[str, EventHub]:
        if len({name.casefold() for name in given}) < len(given):
            raise ValueError("names of hubs must differ in more than case")
        return given


class Configuration(_Section):
    """All of ``localazure.yml``; a section that is left out does not exist in the cloud."""

    storage: Storage = Storage()
    identity: Identity = Identity()
    insights: Insights = Insights()
    event_hubs: EventHubs = EventHubs()
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
