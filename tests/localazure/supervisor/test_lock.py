"""One supervisor per state folder, and none while the children of the last one still end."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from localazure.errors import StateInUseError
from localazure.supervisor import lock
from tests.support.cloud import PROJECT

_HOLD = """
import sys
from pathlib import Path
from localazure.supervisor.lock import hold_state
with hold_state(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def _holder(folder: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(folder)],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _read(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def test_a_second_supervisor_is_refused(tmp_path: Path) -> None:
    """The error names the process that holds the folder."""
    with _holder(tmp_path) as holder:
        assert _read(holder) == "held"
        with (
            pytest.raises(StateInUseError, match=f"in use by process {holder.pid}"),
            lock.hold_state(tmp_path),
        ):
            pass
        holder.kill()


def test_a_killed_supervisor_leaves_no_lock(tmp_path: Path) -> None:
    """After SIGKILL of its holder the folder is free at once."""
    with _holder(tmp_path) as holder:
        assert _read(holder) == "held"
        holder.kill()
    with lock.hold_state(tmp_path):
        assert (tmp_path / "up.lock").read_text() == str(os.getpid())


def test_old_children_are_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a child of the last supervisor lives, the folder is not handed out."""
    script = (
        "import fcntl, sys\n"
        "file = open(sys.argv[1], 'ab+')\n"
        "fcntl.lockf(file, fcntl.LOCK_SH)\n"
        "print('child', flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(lock.children_lock(tmp_path))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert _read(child) == "child"
        with _holder(tmp_path) as holder:
            assert holder.poll() is None
            child.communicate()
            assert _read(holder) == "held"
            holder.communicate()


def test_children_that_never_end_are_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child that survives everything does not block the next start for ever."""
    monkeypatch.setattr(lock, "_OLD_CHILDREN_TIMEOUT_S", 0.1)
    monkeypatch.setattr(lock, "try_lock", lambda _descriptor: False)
    monkeypatch.setattr(fcntl, "lockf", lambda *_: None)
    with pytest.raises(StateInUseError), lock.hold_state(tmp_path):
        pass
