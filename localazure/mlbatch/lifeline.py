"""Standard input as a lifeline: commands while the parent lives, the end of all when it is gone.

The operating system closes a pipe however its owner dies, kill -9 included. So whoever reads the
end of its input kills the process group of its job: runner, workers and what these started.
Only the standard library is imported here, because worker processes start with it.
"""

import os
import queue
import signal
import threading
from collections.abc import Iterator

_BLOCK_BYTES = 65_536


class Lifeline:
    """Reads lines in a thread of its own, so that the end is noticed while work goes on."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._parent = os.getppid()
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=self._read, name="lifeline", daemon=True).start()

    def lines(self) -> Iterator[bytes]:
        """Return lines as they come; this has no end of its own."""
        while True:
            yield self._lines.get()

    def _read(self) -> None:
        # Not a buffered file: its lock, held by this thread, would abort a process that exits.
        rest = b""
        while block := os.read(self._descriptor, _BLOCK_BYTES):
            *lines, rest = (rest + block).split(b"\n")
            for line in lines:
                self._lines.put(line)
        # A process outside of its job's group was started by hand: it takes only itself along.
        if os.getpgrp() in {os.getpid(), self._parent}:
            os.killpg(0, signal.SIGKILL)
        os._exit(1)
