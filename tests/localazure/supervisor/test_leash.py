"""The leash: what it holds ends with its parent, and takes its own children with it."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from localazure.supervisor import leash
from tests.support.waiting import wait_until

# A child with a child, which write their process ids; TERM is refused if the argument says so.
_FAMILY = """
import os, signal, subprocess, sys, time
if "stubborn" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(os.getpid(), grandchild.pid, file=open(sys.argv[1], "w"), flush=True)
time.sleep(600)
"""
# A parent that starts a leash and waits; it is the one to be killed.
_PARENT = """
import subprocess, sys
subprocess.Popen([sys.executable, *sys.argv[1:]], stdin=subprocess.PIPE).wait()
"""


def _leash(folder: Path, *command: str) -> list[str]:
    return [leash.__file__, str(folder / "lock"), sys.executable, *command]


def _family(path: Path) -> list[psutil.Process]:
    wait_until(lambda: path.exists() and path.read_text().endswith("\n"), description="a family")
    return [psutil.Process(int(pid)) for pid in path.read_text().split()]


def _all_ended(processes: list[psutil.Process]) -> None:
    # A process that has ended may stay listed until the system has taken note of it.
    def is_over(process: psutil.Process) -> bool:
        try:
            return process.status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    wait_until(lambda: all(map(is_over, processes)), description="all processes have ended")


def test_the_exit_code_is_the_childs(tmp_path: Path) -> None:
    """A child that ends by itself gives its exit code to the leash."""
    command = _leash(tmp_path, "-c", "import sys; sys.exit(7)")
    with subprocess.Popen([sys.executable, *command], stdin=subprocess.PIPE) as process:
        assert process.wait(timeout=10) == 7


def test_sigkill_of_the_parent_ends_the_family(tmp_path: Path) -> None:
    """When the parent is killed with SIGKILL, the child and its own children end too."""
    command = _leash(tmp_path, "-c", _FAMILY, str(tmp_path / "pids"))
    with subprocess.Popen([sys.executable, "-c", _PARENT, *command]) as parent:
        family = _family(tmp_path / "pids")
        parent.kill()
    _all_ended(family)


def test_sigterm_to_the_leash_ends_the_family(tmp_path: Path) -> None:
    """Asked to stop, the leash stops the child and what the child left behind."""
    command = _leash(tmp_path, "-c", _FAMILY, str(tmp_path / "pids"))
    with subprocess.Popen([sys.executable, *command], stdin=subprocess.PIPE) as process:
        family = _family(tmp_path / "pids")
        process.terminate()
        assert process.wait(timeout=10) == 128 + signal.SIGTERM
    _all_ended(family)


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's parent-death signal")
def test_sigkill_of_the_leash_ends_the_child(tmp_path: Path) -> None:
    """On Linux not even the death of the leash itself leaves its child behind."""
    command = _leash(tmp_path, "-c", "import time; time.sleep(600)")
    with subprocess.Popen([sys.executable, *command], stdin=subprocess.PIPE) as process:
        watched = psutil.Process(process.pid)
        wait_until(watched.children, description="the child runs")
        children = watched.children()
        process.kill()
    _all_ended(children)


def test_a_child_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    """A child that will not stop is killed after a grace period."""
    command = _leash(tmp_path, "-c", _FAMILY, str(tmp_path / "pids"), "stubborn")
    script = "import sys; from localazure.supervisor import leash; leash._GRACE_S = 0.2; "
    script += "sys.exit(leash.main(sys.argv[1:]))"
    with subprocess.Popen(
        [sys.executable, "-c", script, *command[1:]], stdin=subprocess.PIPE
    ) as process:
        family = _family(tmp_path / "pids")
        process.terminate()
        assert process.wait(timeout=10) == 128 + signal.SIGKILL
    _all_ended(family)
