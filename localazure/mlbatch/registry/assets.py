"""The rules of models, code and environments: what a version points to never changes."""

from collections.abc import Mapping
from typing import Final

from localazure.mlbatch.datastores import LakePath, Resolver
from localazure.mlbatch.errors import (
    InUseError,
    InvalidRequestError,
    JobFailedError,
    NotFoundError,
)
from localazure.mlbatch.registry.asset_wire import (
    AssetProperties,
    AssetResource,
    CodeProperties,
    EnvironmentProperties,
    ModelProperties,
)
from localazure.mlbatch.registry.ids import AssetKey, Kind
from localazure.mlbatch.registry.store import Asset, AssetName, RegistryStore
from localazure.mlbatch.registry.wire import read

_RESOURCES: Final[Mapping[Kind, type[AssetResource[AssetProperties]]]] = {
    "models": AssetResource[ModelProperties],
    "codes": AssetResource[CodeProperties],
    "environments": AssetResource[EnvironmentProperties],
}
# What an environment is made of; the rest are words about it.
_ENVIRONMENT = ("image", "build", "condaFile", "inferenceConfig", "osType")


class AssetExistsError(InUseError):
    """A version exists already, as something else."""

    def __init__(self, key: AssetKey, fields: str) -> None:
        super().__init__(
            f"{key} exists already with another definition ({fields}); "
            "versions never change, register a new one"
        )


class Assets:
    """The assets of the workspace."""

    def __init__(self, store: RegistryStore, resolver: Resolver) -> None:
        self._store = store
        self._resolver = resolver

    def put(self, key: AssetKey, body: bytes) -> Asset:
        """Register a version, or change what may change: words, tags, the archive's mark.

        Raises:
            InvalidRequestError: when the body breaks rules, or would move an asset's files.
            AssetExistsError: when it would change an environment.
        """
        properties = read(_RESOURCES[key.kind], body).properties
        origin = self._origin(properties)
        known = self._store.asset(key)
        if known:
            _check_unchanged(known, properties, origin)
        return self._store.put_asset(key, properties.document(), origin)

    def get(self, key: AssetKey) -> Asset:
        """Return a version; raise ``NotFoundError`` when it was never registered."""
        asset = self._store.asset(key)
        if asset is None:
            raise NotFoundError(
                key.kind.capitalize().removesuffix("s"), f"{key.name}:{key.version}"
            )
        return asset

    def named(self, kind: Kind, name: str) -> AssetName:
        """Return an asset without its versions; raise ``NotFoundError`` when it has none."""
        found = self._store.names(kind, name)
        if not found:
            raise NotFoundError(kind.capitalize().removesuffix("s"), name)
        return found[0]

    def _origin(self, properties: AssetProperties) -> LakePath | None:
        if isinstance(properties, ModelProperties):
            field, uri = "modelUri", properties.model_uri
        elif isinstance(properties, CodeProperties):
            field, uri = "codeUri", properties.code_uri
        else:
            return None
        try:
            origin = self._resolver.resolve(uri)
        except JobFailedError as error:
            raise InvalidRequestError([f"`properties.{field}`: {error}"]) from error
        if not origin.path:
            raise InvalidRequestError(
                [f"`properties.{field}`: must be a file or a folder, no container; got {uri!r}"]
            )
        return origin


def _check_unchanged(known: Asset, properties: AssetProperties, origin: LakePath | None) -> None:
    if origin != known.origin:
        # The first sentence is Azure's; azure-ai-ml looks for it.
        raise InvalidRequestError(
            [
                f"Asset paths cannot be updated. {known.key} is at {_place(known.origin)}; "
                f"got {_place(origin)}"
            ]
        )
    if known.key.kind == "environments":
        new = properties.document()
        changed = [name for name in _ENVIRONMENT if new.get(name) != known.properties.get(name)]
        if changed:
            raise AssetExistsError(known.key, ", ".join(changed))


def _place(path: LakePath | None) -> str:
    return f"{path.container}/{path.path}" if path else "no path"
