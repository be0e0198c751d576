"""The host of the mixed app: one state folder, and as many lives as a test takes."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil

from localazure.state import read_json
from tests.kills.dice import Measure
from tests.kills.watching import Watch
from tests.support.cloud import PROJECT, start_localazure
from tests.support.state_file import messages_sent
from tests.support.waiting import wait_until

APP = PROJECT / "tests" / "apps" / "mixed"
LOOK_S = 0.002
END_S = 30


class MixedHost:
    """Where the app's state and its marks are, and where it answers."""

    def __init__(self, folder: Path) -> None:
        self.state = folder / "state"
        self.marks = folder / "marks"
        self.console = folder / "console.log"
        for path in (self.state, self.marks):
            path.mkdir(parents=True)

    def address(self) -> str | None:
        """Where the host is, or was."""
        written = read_json(self.state / "functions_host.json")
        return str(written["url"]) if written else None

    def messages(self) -> int:
        """How many events have been on their way to instances."""
        return messages_sent(self.state)

    def runs(self) -> int:
        """How many runs of activities have begun."""
        return sum(1 for _ in self.marks.iterdir())

    @contextlib.contextmanager
    def life(self) -> Iterator[Life]:
        """A host that runs until the context ends, unless it is killed before."""
        command = ["host", str(APP), "--port", "0", "--state", str(self.state)]
        with start_localazure(command, self.state, self.console) as leash:
            yield Life(self, leash)


class Life:
    """One process of the host, held on a leash."""

    def __init__(self, host: MixedHost, leash: subprocess.Popen[bytes]) -> None:
        self._leash = leash
        self.watch = Watch(
            self._ended_within,
            {Measure.MESSAGES: host.messages, Measure.RUNS: host.runs},
            lambda: host.console.read_text("utf-8")[-4000:],
            LOOK_S,
        )

    def kill(self) -> None:
        """Kills the host with all that is in its process group. Returns when it is gone."""
        [leader] = wait_until(self._leaders, description="the host leads a group of processes")
        os.killpg(leader, signal.SIGKILL)
        self._leash.wait(timeout=END_S)

    def _leaders(self) -> list[int]:
        """The id of what the leash holds, once it is the leader of a process group."""
        pids = [process.pid for process in psutil.Process(self._leash.pid).children()]
        return [pid for pid in pids if os.getpgid(pid) == pid]

    def _ended_within(self, seconds: float) -> bool:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._leash.wait(seconds)
            return True
        return False
