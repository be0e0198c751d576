"""All clusters of the workspace, under the one bound that the machine sets.

Whatever computes may grow to, nodes with jobs are processes of this machine: it plays ``max_nodes``
of them at once.
"""

import functools
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from localazure.mlbatch.cluster import Cluster, ClusterNode
from localazure.mlbatch.computes import Computes
from localazure.mlbatch.jobs import Job
from localazure.mlbatch.metering import Meter

# How exact the meter is after the service was killed, in seconds.
_BEAT_S = 5.0


class Fleet:
    """Finds room for jobs, and scales clusters to the jobs that have room."""

    def __init__(
        self,
        computes: Computes,
        meter: Meter,
        max_nodes: int,
        start_s: Callable[[str], float],
    ) -> None:
        """``start_s`` says how long a node takes to start for the job of a name."""
        self._computes = computes
        self._meter = meter
        self.max_nodes = max_nodes
        self._start_s = start_s
        self._clusters: dict[str, Cluster] = {}

    def cluster(self, name: str) -> Cluster:
        """Return the cluster of a compute, as its compute is defined now."""
        compute = self._computes.named(name)
        if name not in self._clusters:
            self._clusters[name] = Cluster(compute, self._meter)
        self._clusters[name].compute = compute
        return self._clusters[name]

    def admit(self, queue: Iterable[Job]) -> list[tuple[Job, list[ClusterNode]]]:
        """Scale to the jobs that run and to those of ``queue`` for which there is room.

        Returns:
            The jobs that can start, with their nodes. First come, first served, per compute and
            for the machine; a job that waits for its own compute does not hold up the others.
        """
        names = {compute.name for compute in self._computes.all()} | set(self._clusters)
        clusters = {name: self.cluster(name) for name in names}
        demand = Counter({name: cluster.busy for name, cluster in clusters.items()})
        room = self.max_nodes - demand.total()
        admitted: list[Job] = []
        full: set[str] = set()
        for job in queue:
            if job.compute not in clusters:
                clusters[job.compute] = self.cluster(job.compute)
            wanted = demand[job.compute] + job.instance_count
            if job.compute in full or wanted > clusters[job.compute].compute.max_instances:
                full.add(job.compute)
                continue
            if job.instance_count > room:
                break
            room -= job.instance_count
            demand[job.compute] = wanted
            admitted.append(job)
        self._scale(clusters, demand, admitted)
        return self._start(admitted)

    def release(self, job: Job, nodes: list[ClusterNode], *, lost: bool) -> None:
        """Take nodes back from a job; if it ``lost`` its node, that one is gone."""
        cluster = self._clusters[job.compute]
        cluster.release(nodes)
        if lost:
            cluster.drop(nodes[0])

    def beat(self) -> None:
        """Tell the meter that all that is up is up."""
        self._meter.beat(time.time())

    def next_change(self) -> float | None:
        """Return when to look again, in seconds since 1970; None while no node is up."""
        moments = [cluster.next_change() for cluster in self._clusters.values()]
        if any(cluster.nodes for cluster in self._clusters.values()):
            moments.append(time.time() + _BEAT_S)
        return min((moment for moment in moments if moment is not None), default=None)

    async def close(self) -> None:
        """Give up all nodes; returns when their processes are gone."""
        for cluster in self._clusters.values():
            for node in list(cluster.nodes):
                cluster.drop(node)
                if node.process:
                    await node.process.end()

    def _scale(
        self, clusters: Mapping[str, Cluster], demand: Mapping[str, int], jobs: list[Job]
    ) -> None:
        for name, cluster in clusters.items():
            head = next((job.name for job in jobs if job.compute == name), "")
            cluster.scale(demand[name], functools.partial(self._start_s, head))

    def _start(self, jobs: list[Job]) -> list[tuple[Job, list[ClusterNode]]]:
        started: list[tuple[Job, list[ClusterNode]]] = []
        waits: set[str] = set()
        for job in jobs:
            if job.compute in waits:
                continue
            nodes = self._clusters[job.compute].take(job.name, job.instance_count)
            if nodes:
                started.append((job, nodes))
            else:
                waits.add(job.compute)
        return started
