"""Which job runs when: first come, first served, as many as there are nodes for.

It stands between the store, which knows what jobs are, and the nodes, which know how they run.
"""

import asyncio
import shutil
from pathlib import Path

from localazure.mlbatch.events import RunnerEvent
from localazure.mlbatch.jobs import Job, JobError
from localazure.mlbatch.lifecycle import ON_NODE, Status, allows
from localazure.mlbatch.nodes import Node, NodeLostError, NodePool
from localazure.mlbatch.runner.folders import JobFolders
from localazure.mlbatch.store import JobStore

_LOST = "NodeLost"


class Scheduler:
    """Runs queued jobs. Lives in one event loop."""

    def __init__(self, store: JobStore, pool: NodePool, jobs: Path, max_nodes: int) -> None:
        self._store = store
        self._pool = pool
        self._jobs = jobs
        self._free_nodes = max_nodes
        self._running: dict[str, Node | None] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False

    def recover(self) -> None:
        """Settle what an earlier service left: its nodes are gone."""
        lost = JobError(_LOST, "the node was lost: the service was restarted")
        for job in self._store.in_status([*ON_NODE, Status.CANCEL_REQUESTED]):
            if job.status is Status.CANCEL_REQUESTED:
                self._store.move(job.name, Status.CANCELED)
            else:
                self._store.move(job.name, Status.FAILED, lost)
            shutil.rmtree(JobFolders(self._jobs / job.name).scratch, ignore_errors=True)

    def admit(self) -> None:
        """Start the jobs at the head of the queue, as far as nodes are free."""
        if self._closing:
            return
        # A job that has just been given a node is still queued: look further than the free nodes.
        limit = self._free_nodes + len(self._running) + 1
        for job in self._store.in_status([Status.QUEUED], limit):
            if job.name in self._running:
                continue
            if job.instance_count > self._free_nodes:
                return
            self._free_nodes -= job.instance_count
            self._running[job.name] = None
            task = asyncio.create_task(self._serve(job), name=f"job {job.name}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def cancel(self, job: Job) -> None:
        """Cancel a job, whether it waits or runs; one that has ended stays as it is."""
        if job.ended or job.status is Status.CANCEL_REQUESTED:
            return
        self._store.move(job.name, Status.CANCEL_REQUESTED)
        if job.name not in self._running:
            self._store.move(job.name, Status.CANCELED)
        elif node := self._running[job.name]:
            node.kill()

    async def close(self) -> None:
        """Stop all jobs; they are settled by the next service's ``recover``."""
        self._closing = True
        for node in self._running.values():
            if node:
                node.kill()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._pool.close()

    async def _serve(self, job: Job) -> None:
        scratch = JobFolders(self._jobs / job.name).scratch
        try:
            await self._run(job)
        finally:
            # A runner that was killed could not clean up.
            if scratch.exists():
                await asyncio.to_thread(shutil.rmtree, scratch, ignore_errors=True)
            self._settle(job.name)
            del self._running[job.name]
            self._free_nodes += job.instance_count
            self.admit()

    async def _run(self, job: Job) -> None:
        try:
            node = await self._pool.take()
            self._running[job.name] = node
            if not self._closing and self._store.get(job.name).status is Status.QUEUED:
                async for event in node.run(self._jobs / job.name):
                    self._note(job.name, event)
            self._pool.give_back(node)
        except (NodeLostError, OSError, ValueError) as error:
            # OSError: no process could be started; ValueError: it said what is no event.
            if not self._closing:
                reason = JobError(_LOST, f"the node was lost: {error}")
                self._note(job.name, RunnerEvent(status=Status.FAILED, error=reason))

    def _note(self, name: str, event: RunnerEvent) -> None:
        if event.progress:
            self._store.set_progress(name, event.progress)
        # While a job is being cancelled, what its runner still says has no meaning.
        current = self._store.get(name).status
        if (
            event.status
            and current is not Status.CANCEL_REQUESTED
            and allows(current, event.status)
        ):
            self._store.move(name, event.status, event.error)

    def _settle(self, name: str) -> None:
        if self._closing:
            return
        job = self._store.get(name)
        if job.status is Status.CANCEL_REQUESTED:
            self._store.move(name, Status.CANCELED)
        elif not job.ended:
            self._store.move(name, Status.FAILED, JobError(_LOST, "the node fell silent"))
