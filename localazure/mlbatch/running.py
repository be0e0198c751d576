"""One job on its nodes: what its runner tells becomes its status, and what befalls it happens here.

A stop, asked for or suffered, is always the same: the runner's process is killed with all that it
started, and the job is settled by what is known of it then.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from localazure.mlbatch.cluster import ClusterNode
from localazure.mlbatch.events import RunnerEvent
from localazure.mlbatch.fault_rules import NodeFailure, Preemption
from localazure.mlbatch.faults import Trouble
from localazure.mlbatch.jobs import Job, JobError
from localazure.mlbatch.lifecycle import Status, allows
from localazure.mlbatch.nodes import Node, NodeLostError
from localazure.mlbatch.store import JobStore

_LOST = "NodeLost"
_PREEMPTED = "NodePreempted"


def node_lost(how: str) -> JobError:
    """Return the error of a job that went with its node."""
    return JobError(_LOST, f"the node was lost: {how}")


class RunningJob:
    """A job that has its nodes; the first of them leads. ``lost`` says that it is gone."""

    def __init__(self, job: Job, folder: Path, nodes: list[ClusterNode], store: JobStore) -> None:
        self.job = job
        self.nodes = nodes
        self.lost = False
        self._abandoned = False
        self._folder = folder
        self._store = store
        self._in_touch = asyncio.Event()
        self._in_touch.set()

    async def run(
        self, start_node: Callable[[], Awaitable[Node]], troubles: Iterable[Trouble]
    ) -> None:
        """Run the job to its end, whatever that is; the caller settles it."""
        lead = self.nodes[0]
        suffering: list[asyncio.Task[None]] = []
        try:
            if lead.process is None or not lead.process.alive:
                lead.process = await start_node()
            if self._abandoned or self._status() is not Status.QUEUED:
                return
            async for event in lead.process.run(self._folder):
                await self._in_touch.wait()
                self._note(event)
                if event.status is Status.RUNNING:
                    suffering = [asyncio.create_task(self._suffer(item)) for item in troubles]
        except (NodeLostError, OSError, ValueError) as error:
            # OSError: no process could be started; ValueError: it said what is no event.
            self._lose(str(error))
        finally:
            for task in suffering:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    def kill(self) -> None:
        """End the runner and all that it started."""
        self._in_touch.set()
        self.nodes[0].end()

    def abandon(self) -> None:
        """End the job without another word about it: the service ends."""
        self._abandoned = True
        self.kill()

    def settle(self) -> None:
        """Give the job the end that it has not got yet."""
        job = self._store.get(self.job.name)
        if job.status is Status.CANCEL_REQUESTED:
            self._store.move(job.name, Status.CANCELED, job.error)
        elif not job.ended:
            self._store.move(job.name, Status.FAILED, JobError(_LOST, "the node fell silent"))

    def _status(self) -> Status:
        return self._store.get(self.job.name).status

    def _lose(self, how: str) -> None:
        # A job that is being cancelled has lost its process, not its node.
        if self._move(Status.FAILED, node_lost(how)):
            self.lost = True

    def _note(self, event: RunnerEvent) -> None:
        if event.progress:
            self._store.set_progress(self.job.name, event.progress)
        if event.status:
            self._move(event.status, event.error)

    def _move(self, target: Status, error: JobError | None = None) -> bool:
        """Take the job to a status, if that still has a meaning; say whether it had."""
        current = self._status()
        # While a job is being cancelled, what its runner still says has no meaning.
        if self._abandoned or current is Status.CANCEL_REQUESTED or not allows(current, target):
            return False
        self._store.move(self.job.name, target, error)
        return True

    async def _suffer(self, trouble: Trouble) -> None:
        await asyncio.sleep(trouble.after_s)
        if isinstance(trouble, Preemption):
            reason = JobError(_PREEMPTED, "the low-priority node was taken away")
            self.lost = self._move(Status.CANCEL_REQUESTED, reason)
            self.kill()
        elif isinstance(trouble, NodeFailure):
            self._lose("it failed")
            self.kill()
        elif self._move(Status.NOT_RESPONDING):
            self._in_touch.clear()
            await asyncio.sleep(trouble.duration_s)
            if trouble.recovers:
                self._move(Status.RUNNING)
                self._in_touch.set()
            else:
                self._lose(f"it did not respond for {trouble.duration_s:g} s")
                self.kill()
