"""Run a command that must not outlive its parent: ``python leash.py LOCKFILE COMMAND...``.

It is a process of its own, between the supervisor and each child, because a process that is killed
with SIGKILL cannot clean up after itself. The leash notices (its standard input ends, or it has a
new parent), stops the child as politely as the supervisor would, and then all that the child
started. It holds LOCKFILE, shared, for as long as the child lives. Only the standard library is
used, so that it costs some 20 ms and few megabytes.
"""

import contextlib
import fcntl
import os
import select
import signal
import subprocess
import sys
import time
from types import FrameType

_GRACE_S = 5.0
_PARENT_CHECK_S = 0.5
_PR_SET_PDEATHSIG = 1
# As shells do, a child that died of signal N is reported as 128 + N.
_SIGNALLED = 128


def main(arguments: list[str]) -> int:
    """Run the command until it ends or has to end; return its exit code."""
    lock_file, *command = arguments
    parent = os.getppid()
    wake, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _only_wake)
    with open(lock_file, "ab+") as lock:  # noqa: PTH123 - pathlib would double the start-up time
        fcntl.lockf(lock, fcntl.LOCK_SH)
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_die_with_leash if sys.platform == "linux" else None,
        )
        _watch(child, parent, wake)
        return _end(child)


def _watch(child: "subprocess.Popen[bytes]", parent: int, wake: int) -> None:
    """Return when the child has ended, when asked to stop, or when the parent is gone."""
    while child.poll() is None and os.getppid() == parent:
        readable, _, _ = select.select([sys.stdin.fileno(), wake], [], [], _PARENT_CHECK_S)
        if sys.stdin.fileno() in readable and not os.read(sys.stdin.fileno(), 1024):
            return
        if wake in readable and set(os.read(wake, 64)) - {signal.SIGCHLD}:
            return


def _end(child: "subprocess.Popen[bytes]") -> int:
    """Stop the child if it still runs, then everything it left behind."""
    with contextlib.suppress(ProcessLookupError):
        child.terminate()
    deadline = time.monotonic() + _GRACE_S
    while child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    exit_code = child.wait()
    return exit_code if exit_code >= 0 else _SIGNALLED - exit_code


def _only_wake(_number: int, _frame: FrameType | None) -> None:
    """Let the signal interrupt the wait; what it means is decided there."""


def _die_with_leash() -> None:
    """Ask Linux to kill the child should somebody kill the leash itself."""
    import ctypes

    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
