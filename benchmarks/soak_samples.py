"""Looks at a running Windrow from outside, now and then: how far, how far behind, how large."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

import psutil

from benchmarks.soak_world import HUB, PIPELINE
from domain.raw_files import RawFile, parse_name, stream_folder
from localazure.eventhubs.queries import log_path, read_hubs
from tests.e2e.world import World

MB = 1024 * 1024
BATCH = re.compile(rf"{PIPELINE}_events \S+ \d+ ms Succeeded \((\d+) events? of partition")


@dataclass(frozen=True)
class Sample:
    """How it stands: events in the hub and beyond the checkpoints, runs that have ended well, and
    the resident megabytes of the Functions host, the cloud's server and its storage."""

    seconds: float
    arrived: int
    lag: int
    runs: int
    host_mb: float
    cloud_mb: float
    storage_mb: float

    @property
    def landed(self) -> int:
        """Events that a checkpoint is past."""
        return self.arrived - self.lag


class Watcher:
    """Takes samples of a world; time counts from its making."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._began = time.monotonic()
        cloud = psutil.Process(world.cloud.pid)
        self._cloud = cloud
        self._host = _largest(cloud, _is_host)
        self._storage = _largest(cloud, _is_storage)
        self.samples: list[Sample] = []
        self.small: dict[str, int] = {}
        self.batches: list[int] = []

    def look(self) -> Sample:
        """Takes a sample and keeps it."""
        arrived, lag = standing(self._world)
        sample = Sample(
            time.monotonic() - self._began,
            *(arrived, lag, runs_done(self._world)),
            *(one.memory_info().rss / MB for one in (self._host, self._cloud, self._storage)),
        )
        self.samples.append(sample)
        return sample

    def look_into_the_lake(self) -> None:
        """Notes the files of batches, before compaction takes them away, and the batches' sizes."""
        log = (self._world.cloud.state / "logs" / "functions.log").read_text(errors="replace")
        self.batches = [int(events) for events in BATCH.findall(log)]
        for blob in self._world.lake.list_blobs(stream_folder(PIPELINE)):
            if small_file(blob.name) is not None:
                self.small[blob.name] = blob.size


def standing(world: World) -> tuple[int, int]:
    """Events that the hub has taken, and how many of them no checkpoint is past."""
    [hub] = [hub for hub in read_hubs(log_path(world.cloud.state)) if hub.name == HUB]
    [group] = hub.consumer_groups
    arrived = sum(partition.next_sequence for partition in hub.partitions)
    return arrived, sum(group.lag.values())


def runs_done(world: World) -> int:
    """Runs that have ended well."""
    if not (world.cloud.state / "scores.db").exists():
        return 0
    if not world.sql("SELECT 1 FROM sqlite_master WHERE name = 'runs'"):
        return 0
    [row] = world.sql("SELECT count(*) AS runs FROM runs WHERE status = 'Completed'")
    return int(row["runs"])


def small_file(path: str) -> RawFile | None:
    """The file of a batch that a path in the lake means; None for any other."""
    inside = path.removeprefix(stream_folder(PIPELINE)).partition("/")[2]
    return parse_name(inside)


def _largest(cloud: psutil.Process, is_meant: Callable[[list[str]], bool]) -> psutil.Process:
    """The process with such a command line: that of its leash is longer, but the leash is small."""
    found = [one for one in cloud.children(recursive=True) if is_meant(one.cmdline())]
    return max(found, key=lambda process: process.memory_info().rss)


def _is_host(command: list[str]) -> bool:
    return {"localazure", "host"} <= set(command)


def _is_storage(command: list[str]) -> bool:
    return any("azurite" in part for part in command)
