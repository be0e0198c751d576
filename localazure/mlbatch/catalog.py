"""The endpoints and deployments of the workspace: what was PUT, and what the YAML files say.

What was PUT goes before a file of the same name. Nothing of the files is cached: one that was
edited, or a model that was trained again, counts from the next job on. A broken deployment stays
visible under the name that it last had.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pydantic import JsonValue

from localazure.config import BatchEndpoint
from localazure.mlbatch.datastores import LakePath
from localazure.mlbatch.definitions import (
    DeploymentFile,
    EndpointFile,
    ModelReference,
    load_deployment,
    load_endpoint,
)
from localazure.mlbatch.errors import DefinitionError, NotFoundError
from localazure.mlbatch.settings import ScoringSettings


@dataclass(frozen=True)
class Source:
    """Code or a model: ``path`` is where a job finds it, fetched from ``origin`` if there is one.

    ``id`` is what the API shows.
    """

    id: str
    path: Path
    origin: LakePath | None = None


@dataclass(frozen=True)
class Terms:
    """What a deployment says, wherever it was said; ``script`` is relative to the code."""

    settings: ScoringSettings
    code: Source
    script: Path
    model: Source | None = None
    environment: str | None = None
    compute: str | None = None
    instance_type: str | None = None
    description: str | None = None
    tags: Mapping[str, JsonValue] = field(default_factory=dict)
    properties: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True)
class Endpoint:
    """An endpoint and where the files of its deployments are; ``filed`` if it has one itself."""

    definition: EndpointFile
    deployment_paths: tuple[Path, ...] = ()
    filed: bool = True

    @property
    def name(self) -> str:
        """The endpoint's name in the workspace."""
        return self.definition.name


@dataclass(frozen=True)
class Deployment:
    """A deployment: its terms, or why its file cannot be read."""

    name: str
    endpoint: str
    terms: Terms | None = None
    problem: DefinitionError | None = None

    def require(self) -> Terms:
        """Return the terms; raise ``DefinitionError`` when the file is broken."""
        if self.terms is None:
            raise self.problem or DefinitionError(self.name, ["cannot be read"])
        return self.terms


class Registered(Protocol):
    """What was PUT."""

    def endpoints(self) -> list[EndpointFile]:
        """Return all endpoints, as their files would say it."""
        ...

    def deployments(self, endpoint: str) -> list[Deployment]:
        """Return the deployments of an endpoint, which may be defined by a file."""
        ...


@dataclass
class Catalog:
    """Finds endpoints and deployments; paths are relative to ``root``."""

    root: Path
    configured: Sequence[BatchEndpoint]
    registered: Registered | None = None
    _last_names: dict[Path, str] = field(default_factory=dict)

    def endpoints(self) -> list[Endpoint]:
        """Return all endpoints, without those whose files cannot be read."""
        found: dict[str, Endpoint] = {}
        for entry in self.configured:
            try:
                endpoint = self._endpoint(entry)
            except DefinitionError:
                continue
            found.setdefault(endpoint.name, endpoint)
        for definition in self.registered.endpoints() if self.registered else []:
            filed = found.get(definition.name)
            paths = filed.deployment_paths if filed else ()
            found[definition.name] = Endpoint(definition, paths, filed is not None)
        return list(found.values())

    def endpoint(self, name: str) -> Endpoint:
        """Return one endpoint.

        Raises:
            DefinitionError: when its file, or one that could be its file, is broken.
            NotFoundError: when nothing defines it.
        """
        for endpoint in self.endpoints():
            if endpoint.name == name:
                return endpoint
        for entry in self.configured:
            self._endpoint(entry)
        raise NotFoundError("Batch endpoint", name)

    def deployments(self, endpoint: Endpoint) -> list[Deployment]:
        """Return the deployments of an endpoint, broken ones included."""
        put = self.registered.deployments(endpoint.name) if self.registered else []
        names = {item.name for item in put}
        return [item for item in self.filed_deployments(endpoint) if item.name not in names] + put

    def filed_deployments(self, endpoint: Endpoint) -> list[Deployment]:
        """Return the deployments that files define."""
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
            self._last_names[path] = definition.name
            terms = _terms(definition, path.parent)
        except DefinitionError as error:
            name = self._last_names.get(path, path.stem)
            return Deployment(name, endpoint.name, problem=error)
        return Deployment(definition.name, definition.endpoint_name, terms)


def _terms(definition: DeploymentFile, folder: Path) -> Terms:
    """Return what a file says, with its paths as they are on this machine."""
    code = (folder / definition.code_configuration.code).resolve()
    return Terms(
        settings=definition.settings,
        code=Source(str(code), code),
        script=definition.code_configuration.scoring_script,
        model=_model(definition, folder),
        compute=definition.compute,
        instance_type=definition.resources.instance_type,
        description=definition.description,
        tags=definition.tags,
        properties=definition.properties,
    )


def _model(definition: DeploymentFile, folder: Path) -> Source | None:
    reference = definition.model
    if reference is None:
        return None
    if not isinstance(reference, ModelReference):
        raise DefinitionError(
            definition.name,
            [
                "`model`: a file of localazure.yml gives its model by `path`; deploy it to use a "
                f"registered one; got {reference!r}"
            ],
        )
    path = (folder / reference.path).resolve()
    return Source(str(path), path)
