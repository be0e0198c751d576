"""Reads the quality notes that a run's jobs left in the lake.

They are many and small, so what takes time is asking: some requests are under way at once, and what
they answer is handed on in order. No more than these are in memory, however many notes there are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from adapters.lake import Lake
from domain import lake_paths
from domain.errors import LakeError, first_line
from domain.messages import Run
from domain.quality_notes import SCORES_SUFFIX, SUFFIX, QualityNote, parse_note

THREADS = 8
AT_ONCE = 4 * THREADS
LARGEST_NOTE = 16 * 1024 * 1024

_In = TypeVar("_In")
_Out = TypeVar("_Out")


@dataclass(frozen=True)
class NoteFile:
    """A part's note: where it is, and what it says, or in words why that cannot be used; None: the
    part has scores at this path, and no note."""

    path: str
    content: QualityNote | str | None


def read_notes(
    lake: Lake, run: Run, attempts: Iterable[tuple[int, int]], plain: str | None = None
) -> Iterator[NoteFile]:
    """The notes beside the scores of each (chunk, attempt), in order.

    Args:
        lake: Where they lie.
        run: Whose they are.
        attempts: The attempts that were scored.
        plain: The name of the file of scores, where it is no parquet.

    Raises LakeError, TransientError.
    """
    folders = (
        lake_paths.scores_folder(run.pipeline, run.run_id, chunk, attempt)
        for chunk, attempt in attempts
    )
    with ThreadPoolExecutor(THREADS, thread_name_prefix="notes") as pool:
        listed = _ahead(pool, partial(_listed, lake, plain), folders)
        files = (file for folder in listed for file in folder)
        yield from _ahead(pool, partial(_read, lake), files)


def _listed(lake: Lake, plain: str | None, folder: str) -> list[tuple[str, int | None]]:
    """The notes with their sizes, and the scores (without a size) that have none."""
    found = {file.path: file.size for file in lake.list(folder)}
    notes = [(path, size) for path, size in found.items() if path.endswith(SUFFIX)]
    scores = (p for p in found if p.endswith(".parquet") or p.rpartition("/")[2] == plain)
    silent = (p for p in scores if p.removesuffix(SCORES_SUFFIX) + SUFFIX not in found)
    return [*notes, *((path, None) for path in silent)]


def _read(lake: Lake, file: tuple[str, int | None]) -> NoteFile:
    path, size = file
    if size is None:
        return NoteFile(path, None)
    if size > LARGEST_NOTE:
        return NoteFile(path, f"must be at most {LARGEST_NOTE} bytes; has {size}")
    try:
        return NoteFile(path, parse_note(lake.read_bytes(path)))
    except (LakeError, ValueError) as error:
        return NoteFile(path, first_line(error))


def _ahead(
    pool: ThreadPoolExecutor, work: Callable[[_In], _Out], items: Iterable[_In]
) -> Iterator[_Out]:
    """What `work` makes of the items, in order, with `AT_ONCE` of them under way."""
    running: deque[Future[_Out]] = deque()
    try:
        for item in items:
            running.append(pool.submit(work, item))
            if len(running) >= AT_ONCE:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()
    finally:
        for future in running:
            future.cancel()
