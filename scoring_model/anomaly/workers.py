"""Does one thing for many ranges of keys, in as many processes as there are cores for it.

Each process computes with one thread: the results are the same, to the bit, whatever their number.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TypeVar

import pyarrow as pa
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from batch.errors import TrainingError

Item = TypeVar("Item")
Result = TypeVar("Result")


class Workers:
    """Runs tasks here, or in processes if there is an executor."""

    def __init__(self, executor: Executor | None) -> None:
        self._executor = executor

    def map(self, task: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        """The results in the order of `items`. `task` must be picklable.

        Raises TrainingError if a process died, as one does for which there is no memory.
        """
        if self._executor is None:
            yield from map(task, items)
            return
        try:
            yield from self._executor.map(task, items)
        except BrokenProcessPool as error:
            problem = "a process that trains ended suddenly; is there too little memory?"
            raise TrainingError(f"{problem} fewer --processes need less of it") from error


@contextmanager
def workers(processes: int) -> Iterator[Workers]:
    """So many processes, or none beside this one if that is 1."""
    if processes <= 1:
        with threadpool_limits(limits=1):
            yield Workers(None)
        return
    spawn = multiprocessing.get_context("spawn")  # Arrow's threads do not survive a fork
    with ProcessPoolExecutor(processes, mp_context=spawn, initializer=_begin) as executor:
        yield Workers(executor)


def _begin() -> None:
    threadpool_limits(limits=1)
    pa.set_cpu_count(1)
