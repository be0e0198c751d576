"""The registry as a whole: its pieces, put together for one workspace."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from localazure.config import MachineLearning
from localazure.mlbatch.catalog import Catalog
from localazure.mlbatch.datastores import Resolver
from localazure.mlbatch.registry.assets import Assets
from localazure.mlbatch.registry.ids import Ids
from localazure.mlbatch.registry.serving import Registered, Serving
from localazure.mlbatch.registry.store import RegistryStore
from localazure.mlbatch.responses import Workspace


@dataclass(frozen=True)
class Registry:
    """What was PUT, and with it the catalog of all that there is."""

    store: RegistryStore
    catalog: Catalog
    assets: Assets
    serving: Serving
    resolver: Resolver

    def close(self) -> None:
        """Release the file."""
        self.store.close()


def open_registry(
    config: MachineLearning,
    state: Path,
    root: Path,
    resolver: Resolver,
    compute_exists: Callable[[str], bool],
) -> Registry:
    """Return the registry of a workspace.

    It keeps ``registry.db`` and the files of assets below ``state``; the YAML files of ``config``
    are relative to ``root``.
    """
    store = RegistryStore(state / "registry.db")
    workspace = Workspace(config.subscription_id, config.resource_group, config.workspace, "")
    ids = Ids(workspace.id)
    registered = Registered(store, ids, state / "assets")
    catalog = Catalog(root, config.endpoints, registered)
    return Registry(
        store,
        catalog,
        Assets(store, resolver),
        Serving(store, catalog, ids, compute_exists),
        resolver,
    )
