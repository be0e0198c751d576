"""The computes of the workspace: clusters whose nodes run jobs, and how they scale.

They come from Azure ML's own YAML files, or were created through the API; the latter survive a
restart and go before a file of the same name. A compute that a deployment names and nobody defined
exists all the same, with as many nodes as the machine plays.
Source of fields and defaults: "CLI (v2) compute cluster (AmlCompute) YAML schema".
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import BeforeValidator, Field, JsonValue, ValidationError, model_validator

from localazure.mlbatch.database import open_database
from localazure.mlbatch.errors import DefinitionError, InUseError, NotFoundError
from localazure.mlbatch.problems import problems_of
from localazure.mlbatch.settings import Model

ComputeName = Annotated[str, Field(pattern=r"^[a-zA-Z][-a-zA-Z0-9]{1,22}[a-zA-Z0-9]$")]
DEFAULT_SIZE = "Standard_DS3_v2"
# The compute of deployments that name none.
_UNNAMED = "local"


class Compute(Model):
    """A cluster. ``idle_time_before_scale_down`` is in seconds."""

    name: str
    description: str | None = None
    tags: dict[str, JsonValue] = Field(default_factory=dict)
    size: str = DEFAULT_SIZE
    tier: Literal["dedicated", "low_priority"] = "dedicated"
    min_instances: int = Field(default=0, ge=0)
    max_instances: int = Field(default=4, ge=0)
    idle_time_before_scale_down: int = Field(default=120, ge=0)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min_instances > self.max_instances:
            raise ValueError(
                f"min_instances must not be above max_instances; got {self.min_instances} and "
                f"{self.max_instances}"
            )
        return self

    @property
    def low_priority(self) -> bool:
        """Say whether Azure may take its nodes away."""
        return self.tier == "low_priority"


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


class _ComputeFile(Compute):
    """``compute.yml``; what has no meaning here is taken and not looked at."""

    editor_schema: str | None = Field(default=None, alias="$schema")
    name: ComputeName
    type: Annotated[Literal["amlcompute"], BeforeValidator(_lower)] = "amlcompute"
    tier: Annotated[Literal["dedicated", "low_priority"], BeforeValidator(_lower)] = "dedicated"
    location: str | None = None
    identity: JsonValue = None
    ssh_public_access_enabled: bool | None = None
    ssh_settings: JsonValue = None
    network_settings: JsonValue = None
    enable_node_public_ip: bool | None = None


def load_compute(path: Path) -> Compute:
    """Read ``compute.yml``; raise ``DefinitionError`` with all that is wrong in it."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        known = _ComputeFile.model_validate(document)
    except OSError as error:
        raise DefinitionError(path.name, [f"cannot be read: {error.strerror}"]) from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise DefinitionError(path.name, [f"is not YAML: {error}".replace("\n", " ")]) from error
    except ValidationError as error:
        raise DefinitionError(path.name, problems_of(error)) from error
    return Compute.model_validate(known.model_dump(include=set(Compute.model_fields)))


def compute_name(reference: str | None) -> str:
    """Return the name in ``azureml:NAME`` or in a compute's ARM id."""
    if not reference:
        return _UNNAMED
    return reference.rstrip("/").rpartition("/")[2].removeprefix("azureml:")


class Computes:
    """Finds and keeps computes; ``files`` are read again when they have changed."""

    def __init__(self, path: Path, files: Sequence[Path], max_nodes: int) -> None:
        self._db = open_database(path)
        self._files = files
        self._max_nodes = max_nodes
        self._read: dict[Path, tuple[int, Compute | DefinitionError]] = {}

    def close(self) -> None:
        """Release the file."""
        self._db.close()

    def all(self) -> list[Compute]:
        """Return all computes that can be read, by name."""
        found = {item.name: item for item in self._of_files() if isinstance(item, Compute)}
        found.update({item.name: item for item in self._created()})
        return [found[name] for name in sorted(found)]

    def get(self, name: str) -> Compute:
        """Return a compute.

        Raises:
            NotFoundError: when nothing defines it.
            DefinitionError: when nothing does, and a file that could is broken.
        """
        for compute in (*self._created(), *self._of_files()):
            if isinstance(compute, Compute) and compute.name == name:
                return compute
        for problem in self._of_files():
            if isinstance(problem, DefinitionError):
                raise problem
        raise NotFoundError("Compute", name)

    def exists(self, name: str) -> bool:
        """Say whether something defines a compute; where nothing is defined, each exists."""
        known = {compute.name for compute in self.all()}
        return not known or name in known

    def named(self, name: str) -> Compute:
        """Return a compute; one that nothing defines has the defaults and the machine's nodes."""
        found = next((item for item in self.all() if item.name == name), None)
        return found or Compute(name=name, max_instances=self._max_nodes)

    def put(self, compute: Compute) -> None:
        """Create or change a compute."""
        self._db.execute(
            "INSERT OR REPLACE INTO computes (name, definition) VALUES (?, ?)",
            (compute.name, compute.model_dump_json()),
        )

    def delete(self, name: str) -> None:
        """Forget a compute that was created through the API.

        Raises:
            InUseError: when a file defines it.
            NotFoundError: when there is none.
        """
        if self._db.execute("DELETE FROM computes WHERE name = ?", (name,)).rowcount:
            return
        self.get(name)
        raise InUseError(f"compute '{name}' is defined by a file of `machine_learning.computes`")

    def _created(self) -> list[Compute]:
        rows = self._db.execute("SELECT definition FROM computes")
        return [Compute.model_validate_json(row["definition"]) for row in rows]

    def _of_files(self) -> list[Compute | DefinitionError]:
        return [self._of_file(path) for path in self._files]

    def _of_file(self, path: Path) -> Compute | DefinitionError:
        changed = path.stat().st_mtime_ns if path.exists() else 0
        known = self._read.get(path)
        if known is None or known[0] != changed:
            try:
                known = (changed, load_compute(path))
            except DefinitionError as error:
                known = (changed, error)
            self._read[path] = known
        return known[1]
