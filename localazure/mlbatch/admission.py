"""From an accepted job to one that waits for nodes: NotStarted, Starting, Preparing, Queued.

An invocation is answered before anything of this happens, as in Azure. How long a job stays in each
of the three statuses is a setting, because in Azure a poller sees them, and here they take no time.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

from localazure.mlbatch.catalog import Catalog, Deployment
from localazure.mlbatch.computes import Computes, compute_name
from localazure.mlbatch.datastores import Resolver
from localazure.mlbatch.errors import MlBatchError
from localazure.mlbatch.invocation import Invocation
from localazure.mlbatch.jobs import Job, JobError
from localazure.mlbatch.lifecycle import UNPREPARED, Status
from localazure.mlbatch.preparation import prepare
from localazure.mlbatch.store import JobStore


class Admission:
    """Prepares jobs, each in a task of its own; ``admitted`` is called after each."""

    def __init__(
        self,
        catalog: Catalog,
        computes: Computes,
        store: JobStore,
        resolver: Resolver,
        jobs: Path,
        *,
        max_nodes: int,
        pause_s: float,
        admitted: Callable[[], None],
    ) -> None:
        """``pause_s`` is how long a job stays in each status at least."""
        self._catalog = catalog
        self._computes = computes
        self._store = store
        self._resolver = resolver
        self._jobs = jobs
        self._max_nodes = max_nodes
        self._pause_s = pause_s
        self._admitted = admitted
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, job: Job) -> None:
        """Prepare a job, from now on."""
        task = asyncio.create_task(self._prepare(job), name=f"prepare {job.name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Stop preparing; the next service begins anew with what is unprepared."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _prepare(self, job: Job) -> None:
        for status in (Status.STARTING, Status.PREPARING):
            await asyncio.sleep(self._pause_s)
            current = self._store.get(job.name).status
            if current not in UNPREPARED:
                return
            # A job that an earlier service had begun to prepare.
            if current is not status and current is not Status.PREPARING:
                self._store.move(job.name, status)
        await asyncio.sleep(self._pause_s)
        if self._store.get(job.name).status is Status.PREPARING:
            self._queue(job)
            self._admitted()

    def _queue(self, job: Job) -> None:
        try:
            endpoint = self._catalog.endpoint(job.endpoint)
            deployment = self._catalog.deployment(endpoint, job.deployment)
            invocation = Invocation.model_validate(job.invocation)
            compute = self._computes.named(_compute_of(deployment, invocation))
            limit = min(compute.max_instances, self._max_nodes)
            spec = prepare(job.name, deployment, invocation, self._resolver, limit)
        except MlBatchError as error:
            self._store.move(job.name, Status.FAILED, JobError(error.code, str(error)))
            return
        spec.write(self._jobs / job.name)
        self._store.place(job.name, compute.name, spec.settings.instance_count)
        self._store.move(job.name, Status.QUEUED)


def _compute_of(deployment: Deployment, invocation: Invocation) -> str:
    return compute_name(invocation.compute.target or deployment.require().compute)
