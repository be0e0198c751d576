"""Which job runs when, and on which nodes.

It stands between the store, which knows what jobs are, and the fleet, which knows what nodes are.
Every change, of a job or of a compute, leads to one ``step``; so does the clock, when nodes have
started or have been idle for too long.
"""

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from localazure.mlbatch.cluster import ClusterNode
from localazure.mlbatch.faults import Faults
from localazure.mlbatch.fleet import Fleet
from localazure.mlbatch.jobs import Job
from localazure.mlbatch.lifecycle import ON_NODE, Status
from localazure.mlbatch.nodes import Node
from localazure.mlbatch.runner.conditions import Conditions, WorkerLimits
from localazure.mlbatch.runner.folders import JobFolders
from localazure.mlbatch.running import RunningJob, node_lost
from localazure.mlbatch.store import JobStore

_SHORTEST_PAUSE_S = 0.01


class Scheduler:
    """Runs queued jobs. Lives in one event loop."""

    def __init__(
        self,
        store: JobStore,
        fleet: Fleet,
        faults: Faults,
        jobs: Path,
        limits: WorkerLimits,
        start_node: Callable[[], Awaitable[Node]],
    ) -> None:
        self.fleet = fleet
        self._store = store
        self._faults = faults
        self._jobs = jobs
        self._limits = limits
        self._start_node = start_node
        self._running: dict[str, RunningJob] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._closing = False

    def recover(self) -> None:
        """Settle what an earlier service left: its nodes are gone."""
        for job in self._store.in_status([*ON_NODE, Status.CANCEL_REQUESTED]):
            if job.status is Status.CANCEL_REQUESTED:
                self._store.move(job.name, Status.CANCELED, job.error)
            else:
                reason = node_lost("the service was restarted")
                self._store.move(job.name, Status.FAILED, reason)
            shutil.rmtree(JobFolders(self._jobs / job.name).scratch, ignore_errors=True)

    def step(self) -> None:
        """Scale the computes, and start the jobs that have their nodes."""
        if self._closing:
            return
        # A job that has just been given its nodes is still queued: look further.
        queue = self._store.waiting(len(self._running) + self.fleet.max_nodes + 1)
        for job, nodes in self.fleet.admit(job for job in queue if job.name not in self._running):
            self._start(job, nodes)
        self.fleet.beat()
        self._set_timer()

    def cancel(self, job: Job) -> None:
        """Cancel a job, whether it waits or runs; one that has ended stays as it is."""
        if job.ended or job.status is Status.CANCEL_REQUESTED:
            return
        self._store.move(job.name, Status.CANCEL_REQUESTED)
        if running := self._running.get(job.name):
            running.kill()
        else:
            self._store.move(job.name, Status.CANCELED)
            self.step()

    async def close(self) -> None:
        """Stop all jobs; they are settled by the next service's ``recover``."""
        self._closing = True
        if self._timer:
            self._timer.cancel()
        for running in self._running.values():
            running.abandon()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.fleet.close()

    def _start(self, job: Job, nodes: list[ClusterNode]) -> None:
        running = RunningJob(job, self._jobs / job.name, nodes, self._store)
        self._running[job.name] = running
        task = asyncio.create_task(self._serve(running), name=f"job {job.name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, running: RunningJob) -> None:
        job = running.job
        folder = self._jobs / job.name
        conditions = Conditions(
            limits=self._limits, failing_files=self._faults.failing_files(job.name)
        )
        compute = self.fleet.cluster(job.compute).compute
        try:
            conditions.write(folder)
            troubles = self._faults.troubles(job.name, low_priority=compute.low_priority)
            await running.run(self._start_node, troubles)
        finally:
            # A runner that was killed could not clean up.
            scratch = JobFolders(folder).scratch
            if scratch.exists():
                await asyncio.to_thread(shutil.rmtree, scratch, ignore_errors=True)
            if not self._closing:
                running.settle()
            del self._running[job.name]
            self.fleet.release(job, running.nodes, lost=running.lost)
            self.step()

    def _set_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
        moment = self.fleet.next_change()
        if moment is not None:
            pause_s = max(_SHORTEST_PAUSE_S, moment - time.time())
            self._timer = asyncio.get_running_loop().call_later(pause_s, self.step)
