"""The rules of endpoints and deployments that are PUT, and how they read as terms."""

from collections.abc import Callable
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from localazure.mlbatch.catalog import Catalog, Deployment, Endpoint, Source, Terms
from localazure.mlbatch.definitions import EndpointFile, Name
from localazure.mlbatch.errors import InUseError, InvalidRequestError, NotFoundError
from localazure.mlbatch.problems import problems_of
from localazure.mlbatch.registry.ids import AssetKey, Ids, Kind
from localazure.mlbatch.registry.serving_wire import DeploymentResource, EndpointResource
from localazure.mlbatch.registry.store import RegistryStore
from localazure.mlbatch.registry.wire import read

_NAME: TypeAdapter[str] = TypeAdapter(Name)


class Registered:
    """What was PUT, as the catalog shows it; ``cache`` is where jobs find the files of assets."""

    def __init__(self, store: RegistryStore, ids: Ids, cache: Path) -> None:
        self._store = store
        self._ids = ids
        self._cache = cache

    def endpoints(self) -> list[EndpointFile]:
        """Return all endpoints, as their files would say it."""
        return [item.definition(name) for name, item in self._store.endpoints().items()]

    def deployments(self, endpoint: str) -> list[Deployment]:
        """Return the deployments of an endpoint."""
        return [
            Deployment(name, endpoint, self._terms(resource))
            for name, resource in self._store.deployments(endpoint).items()
        ]

    def _terms(self, resource: DeploymentResource) -> Terms:
        stated = resource.properties
        return Terms(
            settings=stated.settings(),
            code=self._source("codes", stated.code_configuration.code_id),
            script=Path(stated.code_configuration.scoring_script),
            model=self._source("models", stated.model.asset_id),
            environment=stated.environment_id,
            compute=stated.compute,
            instance_type=stated.resources.instance_type,
            description=stated.description,
            tags=resource.tags,
            properties=stated.properties,
        )

    def _source(self, kind: Kind, text: str) -> Source:
        key = self._ids.asset(kind, kind, text)
        asset = self._store.asset(key)
        if asset is None or asset.origin is None:
            raise NotFoundError(kind, f"{key.name}:{key.version}")
        folder = self._cache / kind / key.name / key.version / "files"
        return Source(text, folder / asset.origin.path.rpartition("/")[2], asset.origin)


class Serving:
    """Creates, changes and removes endpoints and deployments."""

    def __init__(
        self,
        store: RegistryStore,
        catalog: Catalog,
        ids: Ids,
        compute_exists: Callable[[str], bool],
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._ids = ids
        self._compute_exists = compute_exists

    def put_endpoint(self, name: str, body: bytes) -> Endpoint:
        """Create or replace an endpoint; its deployments stay.

        Raises:
            InvalidRequestError: when the body breaks rules, or its default does not exist.
        """
        _check_name("endpoint", name)
        resource = read(EndpointResource, body)
        default = resource.properties.defaults.deployment_name
        if default is not None:
            self._check_default(name, default)
        self._store.put_endpoint(name, resource)
        return self._catalog.endpoint(name)

    def delete_endpoint(self, name: str) -> bool:
        """Remove what was PUT of an endpoint, its deployments too; say whether it existed.

        Raises:
            InUseError: when a file defines all of it, so that nothing can be removed.
        """
        try:
            endpoint = self._catalog.endpoint(name)
        except NotFoundError:
            return False
        if not self._store.delete_endpoint(name) and endpoint.filed:
            raise _filed(f"endpoint '{name}'")
        return True

    def put_deployment(self, endpoint: str, name: str, body: bytes) -> Deployment:
        """Create or replace a deployment.

        Raises:
            NotFoundError: when there is no such endpoint.
            InvalidRequestError: when the body breaks rules, or refers to what does not exist.
        """
        found = self._catalog.endpoint(endpoint)
        _check_name("deployment", name)
        resource = read(DeploymentResource, body)
        stated = resource.properties
        references: tuple[tuple[Kind, str, str], ...] = (
            ("models", "properties.model.assetId", stated.model.asset_id),
            ("codes", "properties.codeConfiguration.codeId", stated.code_configuration.code_id),
            ("environments", "properties.environmentId", stated.environment_id),
        )
        problems = [text for item in references for text in self._asset_problems(*item)]
        problems += self._compute_problems("properties.compute", stated.compute)
        if problems:
            raise InvalidRequestError(problems)
        self._store.put_deployment(endpoint, name, resource)
        return self._catalog.deployment(found, name)

    def delete_deployment(self, endpoint: str, name: str) -> bool:
        """Remove a deployment; say whether it existed.

        Raises:
            NotFoundError: when there is no such endpoint.
            InUseError: when it is the endpoint's default, or a file defines it.
        """
        found = self._catalog.endpoint(endpoint)
        filed = any(item.name == name for item in self._catalog.filed_deployments(found))
        put = name in self._store.deployments(endpoint)
        if put and not filed and found.definition.defaults.deployment_name == name:
            raise InUseError(
                f"deployment '{name}' is the default of endpoint '{endpoint}'; "
                "make another one the default first"
            )
        if filed and not put:
            raise _filed(f"deployment '{name}'")
        return self._store.delete_deployment(endpoint, name)

    def _check_default(self, endpoint: str, default: str) -> None:
        try:
            known = self._catalog.deployments(self._catalog.endpoint(endpoint))
        except NotFoundError:
            known = []
        if default not in {item.name for item in known}:
            names = ", ".join(item.name for item in known) or "none"
            raise InvalidRequestError(
                [
                    "`properties.defaults.deploymentName`: must be a deployment of endpoint "
                    f"'{endpoint}' ({names}); got {default!r}"
                ]
            )

    def _asset_problems(self, kind: Kind, field: str, text: str) -> list[str]:
        try:
            key: AssetKey = self._ids.asset(kind, field, text)
        except InvalidRequestError as error:
            return list(error.problems)
        if self._store.asset(key) is None:
            return [f"`{field}`: must be registered; there is no {key}"]
        return []

    def _compute_problems(self, field: str, text: str) -> list[str]:
        try:
            name = self._ids.compute(field, text)
        except InvalidRequestError as error:
            return list(error.problems)
        if not self._compute_exists(name):
            return [f"`{field}`: must be a compute of the workspace; there is no {name!r}"]
        return []


def _check_name(kind: str, name: str) -> None:
    try:
        _NAME.validate_python(name)
    except ValidationError as error:
        problems = [text.replace("`the document`", f"`{kind} name`") for text in problems_of(error)]
        raise InvalidRequestError(problems) from error


def _filed(what: str) -> InUseError:
    return InUseError(f"{what} is defined by a file of localazure.yml; take it out there")
