"""Azure ML as a part of the local cloud: puts the pieces together and gives them a life."""

import functools
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from starlette.routing import BaseRoute

from localazure.cloud.errors import AzureError
from localazure.config import MachineLearning
from localazure.mlbatch.admission import Admission
from localazure.mlbatch.computes import Computes
from localazure.mlbatch.datastores import Resolver
from localazure.mlbatch.faults import Faults
from localazure.mlbatch.fleet import Fleet
from localazure.mlbatch.logs import Logs
from localazure.mlbatch.metering import Meter
from localazure.mlbatch.nodes import Node
from localazure.mlbatch.plane import Plane
from localazure.mlbatch.registry.registry import Registry, open_registry
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
        self._routes = Routes(config, self._started, self._registered)
        self._registry: Registry | None = None
        self._plane: Plane | None = None

    def routes(self) -> Sequence[BaseRoute]:
        """Return the routes of the management calls and of the scoring URIs."""
        return self._routes.routes()

    async def start(self, environment: Mapping[str, str]) -> None:
        """Open the store, settle what an earlier service left, and go on with the queue."""
        account_url = environment.get(_BLOB_URI, "")
        self._routes.account_url = account_url
        self._plane = self._assemble(environment, account_url)
        self._plane.recover()

    async def stop(self) -> None:
        """Stop all jobs and release the files."""
        if self._plane:
            await self._plane.close()
        if self._registry:
            self._registry.close()
        self._plane = self._registry = None

    def _assemble(self, environment: Mapping[str, str], account_url: str) -> Plane:
        config, jobs, database = self._config, self._state / "jobs", self._state / "mlbatch.db"
        store, meter = JobStore(database), Meter(database)
        files = [self._root / path for path in config.computes]
        computes = Computes(database, files, config.max_nodes)
        faults = Faults(config.faults)

        def start_s(job: str) -> float:
            return config.node_start_s + faults.start_delay_s(job)

        scheduler = Scheduler(
            store,
            Fleet(computes, meter, config.max_nodes, start_s),
            faults,
            jobs,
            config.worker_limits,
            functools.partial(Node.start, self._state / "nodes", _node_environment(environment)),
        )
        containers = {name: item.container for name, item in config.datastores.items()}
        resolver = Resolver(containers, account_url)
        self._registry = open_registry(config, self._state, self._root, resolver, computes.exists)
        admission = Admission(
            self._registry.catalog,
            computes,
            store,
            resolver,
            jobs,
            max_nodes=config.max_nodes,
            pause_s=config.preparing_s,
            admitted=scheduler.step,
        )
        logs = Logs(jobs, store)
        catalog = self._registry.catalog
        return Plane(catalog, computes, store, meter, faults, logs, scheduler, admission)

    def _started(self) -> Plane:
        if self._plane is None:
            raise _not_ready()
        return self._plane

    def _registered(self) -> Registry:
        if self._registry is None:
            raise _not_ready()
        return self._registry


def _not_ready() -> AzureError:
    return AzureError(503, "ServiceUnavailable", "the local Azure ML is starting or stopping")


def _node_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what a node's process sees, with this package importable."""
    merged = {**os.environ, **environment}
    paths = [str(package_root()), merged.get("PYTHONPATH", "")]
    merged["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    return merged
