"""What plays a node: a runner process, which is kept for the next job while the node is idle.

It runs one job at a time. Stopping a job means killing the process with all that it started.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from localazure.mlbatch.events import RunnerEvent

_LOG_NAME = "node.log"
_MAX_LINE_BYTES = 1_048_576


class NodeLostError(Exception):
    """The runner process ended before its job did; says how."""


class Node:
    """A running runner process, leader of the process group of all that it starts."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._doomed = False

    @classmethod
    async def start(cls, folder: Path, environment: Mapping[str, str]) -> "Node":
        """Start a node that logs into ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / _LOG_NAME).open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "localazure.mlbatch.runner"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env=dict(environment),
                start_new_session=True,
                limit=_MAX_LINE_BYTES,
            )
        return cls(process)

    async def run(self, job_folder: Path) -> AsyncIterator[RunnerEvent]:
        """Run a job; yields its events, the last one included.

        Raises:
            NodeLostError: when the process ended before.
        """
        if self._process.stdin is None or self._process.stdout is None:
            raise NodeLostError("the node has no pipes")
        with contextlib.suppress(ConnectionError):
            self._process.stdin.write(f"{job_folder}\n".encode())
            await self._process.stdin.drain()
        while line := await self._process.stdout.readline():
            event = RunnerEvent.model_validate_json(line)
            if event.worn_out:
                self.kill()
            yield event
            if event.is_last:
                return
        code = await self._process.wait()
        self.kill()
        how = f"with exit code {code}" if code >= 0 else f"by signal {-code}"
        raise NodeLostError(f"the node's process was ended {how}")

    @property
    def alive(self) -> bool:
        """Say whether the node can take a job."""
        return self._process.returncode is None and not self._doomed

    def kill(self) -> None:
        """End the node and all that runs on it; also what a dead node left behind."""
        self._doomed = True
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def end(self) -> None:
        """Kill the node and wait until it is gone."""
        self.kill()
        await self._process.wait()
