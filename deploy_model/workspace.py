"""An Azure ML workspace through azure-ai-ml: what is there, and putting what is wanted.

Raises DeployError only. Every `put_` replaces, so doing it again does no harm.
"""

from __future__ import annotations

import contextlib
import copy
import io
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypeVar

from deploy_model import resources
from deploy_model.azure_errors import mapped
from deploy_model.code_folder import Code
from deploy_model.errors import DeployError, NotThereError
from deploy_model.model_folder import LocalModel
from deploy_model.planning import Resource
from deploy_model.switching import PREVIOUS, Defaults
from deploy_model.targets import Target

if TYPE_CHECKING:
    from azure.ai.ml import MLClient
    from azure.core.credentials import TokenCredential

T = TypeVar("T")
READY = "Succeeded"


@dataclass(frozen=True)
class Endpoint:
    """An endpoint that is there."""

    entity: Any

    @property
    def resource(self) -> Resource:
        """As plain fields."""
        return resources.endpoint(self.entity)

    @property
    def defaults(self) -> Defaults:
        """Its default deployment, and the one before."""
        current = getattr(self.entity.defaults, "deployment_name", None)
        return Defaults(current or None, (self.entity.tags or {}).get(PREVIOUS) or None)


@dataclass(frozen=True)
class Deployment:
    """A deployment that is there."""

    entity: Any

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.entity.name)

    @property
    def resource(self) -> Resource:
        """As plain fields."""
        return resources.deployment(self.entity)

    @property
    def state(self) -> str:
        """What became of its making; the SDK gives a text, or a member of an enumeration."""
        state = self.entity.provisioning_state
        return str(getattr(state, "value", state) or READY)

    @property
    def is_ready(self) -> bool:
        """Whether the service made it; one that failed is to be put again."""
        return self.state == READY

    @property
    def is_of_assets(self) -> bool:
        """Whether model and code are registered, so that it can be put again as it is."""
        fields = self.resource.fields
        return all(":" in str(fields[name]) for name in ("model", "code"))


class Workspace:
    """The resources of one workspace, by identity."""

    def __init__(self, target: Target, credential: TokenCredential) -> None:
        self._target = target
        self._credential = credential

    @cached_property
    def client(self) -> MLClient:
        """The SDK's client; it is slow to import, so files are checked before it is needed."""
        with quiet():
            from azure.ai.ml import MLClient

            w = self._target
            return MLClient(
                self._credential,
                w.subscription_id,
                w.resource_group,
                w.workspace,
                show_progress=False,
            )

    def check_datastore(self) -> None:
        """Raises DeployError unless the datastore is the lake's container: jobs read it there."""
        w = self._target
        found = self._found(
            f"datastore {w.datastore!r}", lambda: self.client.datastores.get(w.datastore)
        )
        if found is None:
            raise DeployError(f"Azure ML: there is no datastore {w.datastore!r} in the workspace")
        account, container = found.account_name, getattr(found, "container_name", None)
        if container != w.container or account not in w.blob_uri:
            raise DeployError(
                f"datastore {w.datastore!r} is container {container!r} of account {account!r}; "
                f"the settings say {w.container!r} at {w.blob_uri}"
            )

    def environment(self, name: str, version: str) -> Resource | None:
        """An environment, or None."""
        found = self._found(
            f"environment {name}:{version}", lambda: self.client.environments.get(name, version)
        )
        return found and resources.environment(found)

    def model(self, name: str, version: str) -> Resource | None:
        """A model, or None."""
        found = self._found(
            f"model {name}:{version}", lambda: self.client.models.get(name, version)
        )
        return found and resources.model(found)

    def code(self, code: Code, deployed: str | None) -> str | None:
        """The `NAME:VERSION` under which the code is registered, or None.

        `deployed` is the code of the deployment that is there: the same, if another tool has
        registered the same content under another name.
        """
        for reference in (code.id, deployed or ""):
            name, _, version = reference.partition(":")
            found = version and self._found(
                f"code {reference}", partial(self._codes.get, name, version)
            )
            if found and (reference == code.id or _content(found) == code.content):
                return reference
        return None

    def compute(self, name: str) -> Resource | None:
        """A cluster, or None."""
        found = self._found(f"compute {name!r}", lambda: self.client.compute.get(name))
        return found and resources.compute(found)

    def endpoint(self, name: str) -> Endpoint | None:
        """An endpoint, or None."""
        found = self._found(f"endpoint {name!r}", lambda: self.client.batch_endpoints.get(name))
        return found and Endpoint(found)

    def deployments(self, endpoint: str) -> dict[str, Deployment]:
        """The deployments of an endpoint that is there, by name."""
        with self._doing(f"deployments of endpoint {endpoint!r}"):
            found = list(self.client.batch_deployments.list(endpoint))
        return {str(entity.name): Deployment(entity) for entity in found}

    def put_environment(self, entity: Any) -> None:
        """Registers an environment."""
        with self._doing(f"environment {entity.name}:{entity.version}"):
            self.client.environments.create_or_update(entity)

    def put_model(self, model: LocalModel, path: str) -> None:
        """Registers a model whose files lie at `path` already."""
        from azure.ai.ml.entities import Model

        tags = {resources.CONTENT: model.content}
        with self._doing(f"model {model.name}:{model.version}"):
            self.client.models.create_or_update(
                Model(
                    name=model.name,
                    version=model.version,
                    type="custom_model",
                    path=path,
                    tags=tags,
                )
            )

    def put_code(self, code: Code) -> str:
        """Uploads a code folder and registers it; answers with its `NAME:VERSION`.

        Content that is registered under another name is not registered again: it keeps that name.
        """
        with self._doing(f"code {code.id}"):
            made = self._codes.create_or_update(code.entity())
        return resources.short_id(made.id) or code.id

    def put_compute(self, entity: Any) -> None:
        """Creates or changes a cluster, and waits until that is done."""
        with self._doing(f"compute {entity.name!r}"):
            self.client.compute.begin_create_or_update(entity).result()

    def put_endpoint(self, entity: Any) -> None:
        """Creates or describes an endpoint; its default and the tags it has stay."""
        found = self.endpoint(entity.name)
        if found is None:
            entity = copy.copy(entity)
            entity.defaults = None  # its deployments come later
        else:
            kept = found.entity
            kept.description = entity.description or kept.description
            kept.tags = {**(kept.tags or {}), **(entity.tags or {})}
            entity = kept
        with self._doing(f"endpoint {entity.name!r}"):
            self.client.batch_endpoints.begin_create_or_update(entity).result()

    def put_deployment(self, entity: Any, code: str | None = None) -> None:
        """Creates or changes a deployment of registered assets, and waits until that is done.

        `code` is the code's `NAME:VERSION`, if it is not the one that the entity names.
        """
        if code is not None:
            # Without the prefix the SDK would take it for a folder.
            entity.code_configuration.code = f"azureml:{code}"
        with self._doing(f"deployment {entity.name!r}"):
            self.client.batch_deployments.begin_create_or_update(
                entity, skip_script_validation=True
            ).result()

    def put_defaults(self, endpoint: Endpoint, defaults: Defaults) -> None:
        """Sets an endpoint's default, and remembers the one before in a tag: one request."""
        entity = endpoint.entity
        entity.defaults = {"deployment_name": defaults.current}
        if defaults.previous:
            entity.tags = {**(entity.tags or {}), PREVIOUS: defaults.previous}
        with self._doing(f"default of endpoint {entity.name!r}"):
            self.client.batch_endpoints.begin_create_or_update(entity).result()

    @property
    def _codes(self) -> Any:
        # The SDK opens code assets to its own deployments only, which would name them at random.
        return self.client._code

    def _found(self, what: str, get: Callable[[], T]) -> T | None:
        try:
            with self._doing(what):
                return get()
        except NotThereError:
            return None

    @contextmanager
    def _doing(self, what: str) -> Iterator[None]:
        with mapped("Azure ML", what), quiet():
            yield


def _content(code: Any) -> str | None:
    properties: dict[str, str] = code.properties or {}
    return properties.get("hash_sha256") or properties.get("hashSha256")


@contextmanager
def quiet() -> Iterator[None]:
    """Keeps the SDK's warnings and its drawing of progress from the terminal."""
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        yield
