"""Fetches a stream's files, which may be compacted at the same moment."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from azure.core.exceptions import ResourceNotFoundError

from adapters.lake import Lake
from adapters.streams.folders import IntervalFiles, list_intervals
from domain.errors import LakeError
from domain.intervals import Interval

AT_ONCE = 8
MOST_LISTINGS = 5


@dataclass(frozen=True)
class Fetched:
    """Local files of one interval; `instead` tells what they are if it had to be listed again."""

    files: list[Path]
    instead: IntervalFiles | None = None


def fetch(
    lake: Lake, pipeline: str, interval: Interval, paths: Sequence[str], target: Path
) -> Fetched:
    """Fetches files of an interval into the folder `target`, which is made.

    A file that is gone was compacted since it was listed: then the interval is listed again, and
    everything that counts of it is fetched.
    Raises LakeError if nothing is there any more, or files keep going, and TransientError.
    """
    instead: IntervalFiles | None = None
    for attempt in itertools.count(1):
        folder = target / f"{attempt}"
        folder.mkdir(parents=True)
        gone = _fetch(lake, paths, folder)
        if gone is None:
            break
        found = list_intervals(lake, pipeline, [interval])
        if not found or attempt == MOST_LISTINGS:
            raise gone
        [instead] = found
        paths = instead.paths
    return Fetched(sorted(folder.iterdir()), instead)


def _fetch(lake: Lake, paths: Sequence[str], folder: Path) -> LakeError | None:
    """Fetches files; answers the error of one that is gone."""

    def one(numbered: tuple[int, str]) -> LakeError | None:
        number, path = numbered
        try:
            lake.download(path, folder / f"{number:06d}")
        except LakeError as error:
            if isinstance(error.__cause__, ResourceNotFoundError):
                return error
            raise
        return None

    with ThreadPoolExecutor(AT_ONCE) as pool:
        results = list(pool.map(one, enumerate(paths)))
    return next((error for error in results if error is not None), None)
