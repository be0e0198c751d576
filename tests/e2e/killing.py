"""Ends a running Windrow as a crash would: no process of ours gets to say goodbye.

Azurite does: it keeps the newest metadata in memory for some seconds, and would lose blobs that it
has acknowledged. Its leash ends it in order.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress

import psutil
import pytest

from tests.e2e.world import World
from tests.support import examples
from tests.support.waiting import wait_until

LONGER = pytest.mark.skipif(not examples.LONGER, reason="told with WINDROW_LONGER=1: a minute each")


def kill(world: World, *, whole: bool) -> None:
    """Kills the Functions host alone, or everything. Returns when all of it is gone.

    The supervisor ends the rest in order when its host dies; nothing does so if it dies itself.
    """
    supervisor = psutil.Process(world.cloud.pid)
    family = supervisor.children(recursive=True)
    if whole:
        os.kill(world.cloud.pid, signal.SIGKILL)
    else:
        hosts = [p for p in family if {"host", "localazure"} <= {*_command_line(p)}]
        assert hosts, [_command_line(p) for p in family]
        for host in hosts:
            host.kill()
    wait_until(
        lambda: not supervisor.is_running() or supervisor.status() == psutil.STATUS_ZOMBIE,
        description="the world is gone",
    )


def _command_line(process: psutil.Process) -> list[str]:
    """Nothing for a process that has ended meanwhile: workers come and go."""
    with suppress(psutil.NoSuchProcess):
        return process.cmdline()
    return []
