"""Starts the stand-in for Azure with the app in it, and stops it again, whatever happens."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.errors import DemoError

START_TIMEOUT_S = 300.0  # the very first start installs what the stand-in needs
STOP_TIMEOUT_S = 30.0
LOOK_EVERY_S = 0.1


@dataclass(frozen=True)
class StandIn:
    """Where things are: base addresses, the state folder, and the child that serves them."""

    functions: str
    blob: str
    state: Path
    log: Path
    process: subprocess.Popen[bytes]

    def check(self) -> None:
        """Raises DemoError if the child has ended."""
        if self.process.poll() is not None:
            raise DemoError(
                f"the stand-in ended by itself with exit code {self.process.returncode}; "
                f"the last lines of {self.log}:\n{_tail(self.log)}"
            )


@contextmanager
def running_stand_in(app: Path, out: Path) -> Iterator[StandIn]:
    """The stand-in, from when it is ready until the block is left; its log is in `out`.

    Within the block, this process's environment lets Azure's SDKs find the local cloud.
    """
    state, log = out / "state", out / "localazure.log"
    state.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "localazure", "up", "--app", ".", "--state", str(state)]
    with log.open("wb") as stream:
        # A session of its own: Ctrl-C reaches the demo alone, which then stops the child in order.
        process = subprocess.Popen(
            [*command, "--port", "0"],
            cwd=app,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    before = dict(os.environ)
    try:
        endpoints = _wait_until_ready(process, state / "endpoints.json", log)
        os.environ.update(endpoints["environment"])
        yield StandIn(endpoints["functions"], endpoints["blob"], state, log, process)
    finally:
        os.environ.clear()
        os.environ.update(before)
        _stop(process)


def _wait_until_ready(
    process: subprocess.Popen[bytes], endpoints: Path, log: Path
) -> dict[str, Any]:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise DemoError(f"the stand-in did not start; the end of {log}:\n{_tail(log)}")
        with suppress(OSError, ValueError):
            ready: dict[str, Any] = json.loads(endpoints.read_text(encoding="utf-8"))
            return ready
        time.sleep(LOOK_EVERY_S)
    raise DemoError(f"the stand-in was not ready after {START_TIMEOUT_S:.0f} s; see {log}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Asks the child to end as Ctrl-C would; what does not end in time is ended."""
    try:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_TIMEOUT_S)
    finally:  # also when Ctrl-C is pressed again, out of impatience
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _tail(log: Path, lines: int = 15) -> str:
    text = log.read_text(encoding="utf-8", errors="replace")
    return "\n".join(text.splitlines()[-lines:])
