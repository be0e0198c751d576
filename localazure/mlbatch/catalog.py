"""The endpoints and deployments of the workspace, as their YAML files say at this moment.

Nothing is cached: a file that was edited, or a model that was trained again, counts from the next
job on. A broken deployment stays visible under the name that it last had.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from localazure.config import BatchEndpoint
from localazure.mlbatch.definitions import (
    DeploymentFile,
    EndpointFile,
    load_deployment,
    load_endpoint,
)
from localazure.mlbatch.errors import DefinitionError, NotFoundError


@dataclass(frozen=True)
class Endpoint:
    """An endpoint and where the files of its deployments are."""

    definition: EndpointFile
    deployment_paths: tuple[Path, ...]

    @property
    def name(self) -> str:
        """The endpoint's name in the workspace."""
        return self.definition.name


@dataclass(frozen=True)
class Deployment:
    """A deployment: what its file says, or why it cannot be read."""

    name: str
    endpoint: str
    folder: Path
    definition: DeploymentFile | None = None
    problem: DefinitionError | None = None

    def require(self) -> DeploymentFile:
        """Return what the file says; raise ``DefinitionError`` when it is broken."""
        if self.definition is None:
            raise self.problem or DefinitionError(self.name, ["cannot be read"])
        return self.definition


@dataclass
class Catalog:
    """Finds endpoints and deployments; paths are relative to ``root``."""

    root: Path
    configured: Sequence[BatchEndpoint]
    _last_names: dict[Path, str] = field(default_factory=dict)

    def endpoints(self) -> list[Endpoint]:
        """Return all endpoints whose files can be read."""
        found = []
        for entry in self.configured:
            try:
                found.append(self._endpoint(entry))
            except DefinitionError:
                continue
        return found

    def endpoint(self, name: str) -> Endpoint:
        """Return one endpoint.

        Raises:
            DefinitionError: when its file, or one that could be its file, is broken.
            NotFoundError: when no file defines it.
        """
        problem: DefinitionError | None = None
        for entry in self.configured:
            try:
                endpoint = self._endpoint(entry)
            except DefinitionError as error:
                problem = error
                continue
            if endpoint.name == name:
                return endpoint
        if problem is not None:
            raise problem
        raise NotFoundError("Batch endpoint", name)

    def deployments(self, endpoint: Endpoint) -> list[Deployment]:
        """Return the deployments of an endpoint, broken ones included."""
        found = [self._deployment(endpoint, path) for path in endpoint.deployment_paths]
        return [item for item in found if item.endpoint == endpoint.name]

    def deployment(self, endpoint: Endpoint, name: str) -> Deployment:
        """Return one deployment of an endpoint; raise ``NotFoundError`` when there is none."""
        for deployment in self.deployments(endpoint):
            if deployment.name == name:
                return deployment
        raise NotFoundError("Batch deployment", name, f"endpoint '{endpoint.name}'")

    def _endpoint(self, entry: BatchEndpoint) -> Endpoint:
        definition = load_endpoint(self.root / entry.endpoint)
        return Endpoint(definition, tuple(self.root / path for path in entry.deployments))

    def _deployment(self, endpoint: Endpoint, path: Path) -> Deployment:
        try:
            definition = load_deployment(path)
        except DefinitionError as error:
            name = self._last_names.get(path, path.stem)
            return Deployment(name, endpoint.name, path.parent, problem=error)
        self._last_names[path] = definition.name
        return Deployment(definition.name, definition.endpoint_name, path.parent, definition)
