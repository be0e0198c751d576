"""Kills parts of a running Windrow, all by SIGKILL: nobody gets to say goodbye."""

from __future__ import annotations

import contextlib
import os
import random
import signal
from collections.abc import Callable, Iterable
from enum import Enum

import psutil

from localazure.state import read_json
from tests.e2e.world import World
from tests.kills.dice import Measure
from tests.kills.watching import Watch
from tests.support.state_file import messages_sent
from tests.support.waiting import wait_until

WORKER = "localazure.mlbatch.worker"
LOOK_S = 0.02
END_S = 45
JOB_S = 90


class Target(Enum):
    """What is killed."""

    HOST = "the Functions host"
    NODE = "a node of Azure ML, or a worker on it"
    EVERYTHING = "everything"

    @property
    def ends_world(self) -> bool:
        """Whether nothing runs any more afterwards: the supervisor ends with its host."""
        return self is not Target.NODE


def watch_of(world: World) -> Watch:
    """A watch on the supervisor of a world."""
    supervisor, log = psutil.Process(world.cloud.pid), world.cloud.state / "console.log"

    def ended_within(seconds: float) -> bool:
        with contextlib.suppress(psutil.TimeoutExpired):
            supervisor.wait(seconds)
            return True
        return False

    counts = {Measure.MESSAGES: lambda: messages_sent(world.cloud.state)}
    return Watch(ended_within, counts, lambda: log.read_text("utf-8")[-4000:], LOOK_S)


def strike(world: World, target: Target, dice: random.Random, done: Callable[[], bool]) -> None:
    """Kills a target. Returns when it is gone, with all that goes with it.

    What is killed of a node is for the dice to say. When all is `done`, no node is at work any
    more, and none is killed.
    """
    if target is Target.NODE:
        _kill_node(world, dice, done)
        return
    supervisor = psutil.Process(world.cloud.pid)
    family = [supervisor, *supervisor.children(recursive=True)]
    if target is Target.HOST:
        os.killpg(read_json(world.cloud.state / "functions_host.json")["pid"], signal.SIGKILL)
    else:
        _kill(process for process in family if not _is_storage(process))
    wait_until(
        lambda: not any(map(_is_alive, family)), description="the world is gone", timeout_s=END_S
    )


def _kill_node(world: World, dice: random.Random, done: Callable[[], bool]) -> None:
    """Kills a worker in the middle of a job, or the node that it works on."""
    workers: list[psutil.Process] = []

    def look() -> bool:
        workers.extend(_found(world, WORKER))
        return bool(workers) or done()

    wait_until(look, description="a job runs", timeout_s=JOB_S)
    for worker in workers[:1]:
        with contextlib.suppress(psutil.NoSuchProcess):
            dice.choice([worker, worker.parent() or worker]).kill()


def _kill(processes: Iterable[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def _found(world: World, module: str) -> list[psutil.Process]:
    family = psutil.Process(world.cloud.pid).children(recursive=True)
    return [process for process in family if module in _command_line(process)]


def _is_storage(process: psutil.Process) -> bool:
    """Azurite, or its leash: it keeps its latest changes in memory for some seconds, so it is left
    to the leash, which ends it in order once the supervisor is gone."""
    return any("azurite" in argument for argument in _command_line(process))


def _is_alive(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def _command_line(process: psutil.Process) -> list[str]:
    """Nothing for a process that has ended meanwhile."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return list(process.cmdline())
    return []
