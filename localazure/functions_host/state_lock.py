"""One host per state folder: two would run every activity twice."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from localazure.functions_host.errors import StateInUseError

try:
    import fcntl
except ImportError:  # Windows: no advisory locks of this kind
    fcntl = None  # type: ignore[assignment]


@contextlib.contextmanager
def hold_state(state: Path) -> Iterator[None]:
    """Keep the folder for this process; the lock goes away with the process, however it ends."""
    state.mkdir(parents=True, exist_ok=True)
    with (state / "functions_host.lock").open("a+") as lock:
        if fcntl is not None:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                lock.seek(0)
                owner = lock.read().strip() or "unknown"
                raise StateInUseError(
                    f"The state folder {state} is in use by the host with process id {owner}."
                ) from error
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield
