"""From slices to windows, some slices at a time: what runs and `prepare_windows` share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import azure.durable_functions as df

from domain import names
from domain.messages import SliceOrder, SliceResult
from orchestrators.calls import Story, answer_of, task
from orchestrators.progress import Progress

SLICES_IN_FLIGHT = 2
"""An aggregation uses all the memory and threads that its settings allow; two overlap their I/O."""


def aggregate_slices(
    context: df.DurableOrchestrationContext, progress: Progress, slices: int
) -> Story:
    """Has every slice aggregated, and adds up what was read and written."""
    run = progress.request.run

    def start(number: int) -> Any:
        return task(context, names.AGGREGATE_WINDOWS, SliceOrder(run=run, slice=number))

    def ended(result: Any) -> None:
        done = SliceResult.from_json(answer_of(result)).model_dump(
            exclude={"slice"}, exclude_defaults=True
        )
        for name, count in {**done, "slices_done": 1}.items():
            progress.counts[name] = progress.counts.get(name, 0) + count
        progress.show()

    yield from some_at_a_time(context, slices, SLICES_IN_FLIGHT, start, ended)


def some_at_a_time(
    context: df.DurableOrchestrationContext,
    count: int,
    at_once: int,
    start: Callable[[int], Any],
    ended: Callable[[Any], None],
) -> Story:
    """Keeps `at_once` of `count` tasks running. A task that failed raises here."""
    running: list[Any] = []
    number = 0
    while number < count or running:
        while number < count and len(running) < at_once:
            number += 1
            running.append(start(number))
        first = yield context.task_any(running)
        running.remove(first)
        if isinstance(first.result, Exception):
            raise first.result
        ended(first.result)
    return None
