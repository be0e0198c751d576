"""Azure ML as a part of the local cloud: puts the pieces together and gives them a life."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from starlette.routing import BaseRoute

from localazure.cloud.errors import AzureError
from localazure.config import MachineLearning
from localazure.mlbatch.catalog import Catalog
from localazure.mlbatch.datastores import Resolver
from localazure.mlbatch.nodes import NodePool
from localazure.mlbatch.plane import Plane
from localazure.mlbatch.routes import Routes
from localazure.mlbatch.scheduler import Scheduler
from localazure.mlbatch.store import JobStore
from localazure.mlbatch.worker.messages import package_root

_BLOB_URI = "LOCALAZURE_BLOB_URI"


class MlBatchService:
    """Batch endpoints of one workspace.

    ``state`` is the folder for jobs; the YAML files of ``config`` are relative to ``root``.
    """

    name = "mlbatch"

    def __init__(self, config: MachineLearning, state: Path, root: Path) -> None:
        self._config = config
        self._state = state
        self._root = root
        self._routes = Routes(config, self._started)
        self._plane: Plane | None = None
        self._scheduler: Scheduler | None = None
        self._store: JobStore | None = None

    def routes(self) -> Sequence[BaseRoute]:
        """Return the routes of the management calls and of the scoring URIs."""
        return self._routes.routes()

    async def start(self, environment: Mapping[str, str]) -> None:
        """Open the store, settle what an earlier service left, and go on with the queue."""
        jobs = self._state / "jobs"
        account_url = environment.get(_BLOB_URI, "")
        self._routes.account_url = account_url
        self._store = JobStore(self._state / "mlbatch.db")
        pool = NodePool(self._state / "nodes", _node_environment(environment))
        self._scheduler = Scheduler(self._store, pool, jobs, self._config.max_nodes)
        containers = {name: item.container for name, item in self._config.datastores.items()}
        self._plane = Plane(
            Catalog(self._root, self._config.endpoints),
            self._store,
            self._scheduler,
            Resolver(containers, account_url),
            jobs,
            self._config.max_nodes,
        )
        self._plane.recover()

    async def stop(self) -> None:
        """Stop all jobs and release the store."""
        if self._scheduler:
            await self._scheduler.close()
        if self._store:
            self._store.close()
        self._plane = self._scheduler = self._store = None

    def _started(self) -> Plane:
        if self._plane is None:
            raise AzureError(
                503, "ServiceUnavailable", "the local Azure ML is starting or stopping"
            )
        return self._plane


def _node_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what a node's process sees, with this package importable."""
    merged = {**os.environ, **environment}
    paths = [str(package_root()), merged.get("PYTHONPATH", "")]
    merged["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    return merged
