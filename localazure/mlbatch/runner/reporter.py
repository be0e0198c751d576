"""The way of news from a runner to its service: whole lines, from several threads, in order."""

import threading
from typing import TextIO

from localazure.mlbatch.events import RunnerEvent
from localazure.mlbatch.runner.tally import Tally


class Reporter:
    """Writes events to a stream that the service reads."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def tell(self, event: RunnerEvent) -> None:
        """Send one event."""
        with self._lock:
            self._write(event)

    def tell_progress(self, tally: Tally) -> None:
        """Send the counts as they are now, never older ones after newer ones."""
        with self._lock:
            self._write(RunnerEvent(progress=tally.progress))

    def _write(self, event: RunnerEvent) -> None:
        self._stream.write(event.line())
        self._stream.flush()
