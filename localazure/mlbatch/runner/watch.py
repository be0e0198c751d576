"""A look at the worker processes of a job, a few times a second: none may take the machine down.

A worker that takes too much memory is ended, which costs the mini-batch an attempt, as on a node
that is too small. Processes without number cost the job and the node's process. Logs that are too
long are begun anew. What is counted is what is in the process group of the runner: it holds all
that a script started, also what its worker has left behind.
"""

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from localazure.mlbatch.runner.conditions import WorkerLimits

_INTERVAL_S = 0.2
_MB = 1_048_576
_SETTING = "machine_learning.worker_limits"


@dataclass(frozen=True)
class Started:
    """A process of the job."""

    pid: int
    parent: int
    memory_bytes: int


def pids_of_job() -> list[int]:
    """Return the ids of all processes in the group of this runner but its own.

    It costs one call of the system per process of the machine: quick, however many a script starts.
    """
    own = os.getpid()
    if os.getpgrp() != own:
        # Started by hand, in the group of somebody else.
        return []
    return [pid for pid in psutil.pids() if pid != own and _group_of(pid) == own]


def end_leftovers() -> None:
    """End what a job's workers have left behind; the node goes on to the next job."""
    for pid in pids_of_job():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


class Watch:
    """Watches while the context lasts.

    ``workers`` gives the pids of the workers at this moment, each with what ends it for a reason;
    ``give_up`` stops the job.
    """

    def __init__(
        self,
        limits: WorkerLimits,
        workers: Callable[[], Mapping[int, Callable[[str], None]]],
        logs: Callable[[], Sequence[Path]],
        give_up: Callable[[str], None],
    ) -> None:
        self._limits = limits
        self._workers = workers
        self._logs = logs
        self._give_up = give_up
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(_INTERVAL_S):
            self._look()

    def _look(self) -> None:
        workers = self._workers()
        pids = pids_of_job()
        allowed = self._limits.processes * max(1, len(workers))
        if len(pids) > allowed:
            self._give_up(
                f"the script started more than {allowed} processes; the limit is "
                f"{_SETTING}.processes, {self._limits.processes} per worker"
            )
            return
        started = _measure(pids)
        for pid, end in workers.items():
            if _memory_of(pid, started) > self._limits.memory_mb * _MB:
                end(
                    f"it took more than {self._limits.memory_mb} MB of memory; the limit is "
                    f"{_SETTING}.memory_mb"
                )
        for path in self._logs():
            self._shorten(path)

    def _shorten(self, path: Path) -> None:
        limit = self._limits.log_mb
        if not path.exists() or path.stat().st_size <= limit * _MB:
            return
        # The worker appends: it goes on after this line.
        path.write_text(
            f"[the {limit} MB before this line were dropped; the limit is {_SETTING}.log_mb]\n",
            encoding="utf-8",
        )


def _group_of(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except (ProcessLookupError, PermissionError):
        return None


def _measure(pids: Sequence[int]) -> list[Started]:
    found = []
    for pid in pids:
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(pid)
            found.append(Started(pid, process.ppid(), process.memory_info().rss))
    return found


def _memory_of(pid: int, started: Sequence[Started]) -> int:
    """Return the memory of a process and of all that it started, in bytes."""
    family = {pid}
    while grown := {item.pid for item in started if item.parent in family} - family:
        family |= grown
    return sum(item.memory_bytes for item in started if item.pid in family)
