"""Locks on a state folder: one supervisor at a time, and none while old children still end.

POSIX record locks are used because they end with their process, however it ends, and because
children do not inherit them.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from localazure.errors import StateInUseError

_OLD_CHILDREN_TIMEOUT_S = 15.0


@contextlib.contextmanager
def hold_state(folder: Path) -> Iterator[None]:
    """Hold ``folder`` for this process.

    Raises:
        StateInUseError: if another process holds it, with its process id.
    """
    with (folder / "up.lock").open("a+", encoding="utf-8") as file:
        if not try_lock(file.fileno()):
            raise StateInUseError(folder, _pid_in(folder))
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        _wait_for_old_children(folder)
        yield


def children_lock(folder: Path) -> Path:
    """Return the file that each child's leash locks, shared, for as long as the child lives."""
    return folder / "children.lock"


def try_lock(descriptor: int) -> bool:
    """Lock an open file for this process alone, if nobody else has."""
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _wait_for_old_children(folder: Path) -> None:
    """Wait until the children of a supervisor that was killed have ended.

    Two Azurites on one data folder would damage it, and the old one still holds its port.
    """
    deadline = time.monotonic() + _OLD_CHILDREN_TIMEOUT_S
    with children_lock(folder).open("a+b") as file:
        while not try_lock(file.fileno()):
            if time.monotonic() > deadline:
                raise StateInUseError(folder, None)
            time.sleep(0.05)


def _pid_in(folder: Path) -> int | None:
    text = (folder / "up.lock").read_text(encoding="utf-8").strip()
    return int(text) if text.isdigit() else None
