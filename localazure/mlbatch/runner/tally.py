"""The account of a job's mini-batches: what is done, what failed, and when it is too much.

Azure ML's rule: the error threshold is a number of files; -1 ignores every failure.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from localazure.mlbatch.errors import JobFailedError
from localazure.mlbatch.jobs import Progress

_MAX_REASON_CHARACTERS = 1_000


@dataclass(frozen=True)
class MiniBatch:
    """Files that one call of ``run()`` gets."""

    index: int
    files: tuple[Path, ...]


def split(files: Sequence[Path], size: int) -> list[MiniBatch]:
    """Cut files into mini-batches of ``size`` files; the last may be smaller."""
    return [
        MiniBatch(number, tuple(files[start : start + size]))
        for number, start in enumerate(range(0, len(files), size))
    ]


class Tally:
    """Counts for several threads."""

    def __init__(self, batches: Sequence[MiniBatch], error_threshold: int, logs: Path) -> None:
        self._threshold = error_threshold
        self._logs = logs
        self._lock = threading.Lock()
        self._progress = Progress(
            mini_batches_total=len(batches), files_total=sum(len(batch.files) for batch in batches)
        )

    @property
    def progress(self) -> Progress:
        """The counts at this moment."""
        return self._progress

    def succeeded(self) -> None:
        """Count a mini-batch that was scored."""
        with self._lock:
            done = self._progress.mini_batches_done + 1
            self._progress = replace(self._progress, mini_batches_done=done)

    def failed(self, batch: MiniBatch, reason: str) -> None:
        """Count a mini-batch that no attempt could score."""
        with self._lock:
            now = self._progress
            reason = reason[:_MAX_REASON_CHARACTERS]
            where = f"{batch.files[0].name}{', ...' if len(batch.files) > 1 else ''}"
            self._progress = replace(
                now,
                mini_batches_done=now.mini_batches_done + 1,
                mini_batches_failed=now.mini_batches_failed + 1,
                files_failed=now.files_failed + len(batch.files),
                first_error=now.first_error or f"{reason} (mini-batch {batch.index}: {where})",
            )

    def check(self) -> None:
        """Raise ``JobFailedError`` once more files failed than the threshold allows."""
        now = self._progress
        if 0 <= self._threshold < now.files_failed:
            raise JobFailedError(
                f"{now.mini_batches_failed} of {now.mini_batches_total} mini-batches "
                f"({now.files_failed} files) failed, error_threshold is {self._threshold}; "
                f"first error: {now.first_error}; logs: {self._logs}"
            )
