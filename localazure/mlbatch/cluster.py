"""The nodes of one compute: how many are up, which are idle, and when that changes.

A node is up, and costs, from the moment it is asked for. It can take a job once it has started, and
it is given up when it has been idle for longer than its compute allows. A process plays it only
while it leads a job or is kept for the next: an idle node that never led one is nothing but a row.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from localazure.mlbatch.computes import Compute
from localazure.mlbatch.metering import Meter
from localazure.mlbatch.nodes import Node


@dataclass(eq=False)
class ClusterNode:
    """A node; times are in seconds since 1970."""

    number: int
    ready_at: float
    idle_since: float
    job: str | None = None
    process: Node | None = None

    @property
    def warm(self) -> bool:
        """Say whether a process is there for the next job."""
        return self.process is not None and self.process.alive

    def state(self, now: float) -> str:
        """Return Azure ML's word for what the node does."""
        if self.job:
            return "running"
        return "idle" if self.ready_at <= now else "preparing"

    def end(self) -> None:
        """End what plays the node."""
        if self.process:
            self.process.kill()


class Cluster:
    """Scales the nodes of a compute between its bounds. Lives in one event loop."""

    def __init__(
        self, compute: Compute, meter: Meter, clock: Callable[[], float] = time.time
    ) -> None:
        self.compute = compute
        self.nodes: list[ClusterNode] = []
        self.target = 0
        self._meter = meter
        self._clock = clock

    @property
    def busy(self) -> int:
        """How many nodes have a job."""
        return sum(node.job is not None for node in self.nodes)

    def scale(self, demand: int, start_s: Callable[[], float]) -> None:
        """Have as many nodes as the jobs need, within the bounds; ``start_s`` is asked per node."""
        now = self._clock()
        compute = self.compute
        self.target = max(compute.min_instances, min(demand, compute.max_instances))
        while len(self.nodes) < self.target:
            ready_at = now + start_s()
            number = self._meter.node_up(compute.name, now)
            self.nodes.append(ClusterNode(number, ready_at, ready_at))
        for node in sorted(self._without_job(), key=lambda item: item.idle_since):
            too_many = len(self.nodes) > compute.max_instances
            idle_for = now - node.idle_since
            if too_many or (
                len(self.nodes) > self.target and idle_for >= compute.idle_time_before_scale_down
            ):
                self.drop(node)

    def take(self, job: str, count: int) -> list[ClusterNode]:
        """Give nodes to a job; returns none as long as too few are ready."""
        now = self._clock()
        ready = [node for node in self._without_job() if node.ready_at <= now]
        if len(ready) < count:
            return []
        # The one that leads is one that has a process, if possible; the longest idle go down first.
        ready.sort(key=lambda node: (node.warm, node.idle_since), reverse=True)
        taken = ready[:count]
        for node in taken:
            node.job = job
        self._meter.take(job, self.compute.name, count, now)
        return taken

    def release(self, nodes: list[ClusterNode]) -> None:
        """Take nodes back from their job."""
        now = self._clock()
        for node in nodes:
            if node.job:
                self._meter.release(node.job, now)
            node.job, node.idle_since = None, now

    def drop(self, node: ClusterNode) -> None:
        """Give a node up."""
        self.nodes.remove(node)
        self._meter.node_down(node.number, self._clock())
        node.end()

    def drop_idle(self) -> None:
        """Give up all nodes without a job."""
        for node in self._without_job():
            self.drop(node)

    def next_change(self) -> float | None:
        """Return when a node will have started, or have been idle for too long; None: never."""
        now = self._clock()
        waiting = self._without_job()
        moments = [node.ready_at for node in waiting if node.ready_at > now]
        if len(self.nodes) > self.target:
            limit = self.compute.idle_time_before_scale_down
            moments += [node.idle_since + limit for node in waiting]
        return min(moments, default=None)

    def _without_job(self) -> list[ClusterNode]:
        return [node for node in self.nodes if node.job is None]
