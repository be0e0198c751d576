"""One run of a pipeline over one span, from its input to its proof.

Input: `RunRequest`. Output: the ledger's view of the run (`RunRecord`).

1. Record the run, with the pipeline as it is now; check that the endpoint is there.
2. List the inputs as slices.
3. Aggregate the slices into windows, some at a time.
4. Plan the chunks.
5. Score the chunks, in segments.
6. A newer revision removes the scores of windows that are there no more.
7. Reconcile: every window is scored, rejected or in a dead letter.
8. Record how the run ended. A run that failed is a failed orchestration, too.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import azure.durable_functions as df

from domain import names
from domain.messages import (
    Failure,
    Listing,
    Plan,
    PlanOrder,
    Policy,
    Reconciled,
    ReconcileOrder,
    Removed,
    RunRecord,
    RunRequest,
    SegmentOrder,
    SegmentResult,
    SliceOrder,
    SliceResult,
)
from domain.pipeline import Pipeline
from domain.runs import RunStatus, Stage, final_status, segment_instance_id
from orchestrators.calls import Story, answer_of, call, now, plain_reason, task

SLICES_IN_FLIGHT = 2
"""An aggregation uses all the memory and threads that its settings allow; two overlap their I/O."""

SEGMENTS_IN_FLIGHT = 4
"""So that a segment's last, slow chunk does not leave the cluster idle."""


class RunFailedError(Exception):
    """The run ended as Failed."""


@dataclass
class Progress:
    """What the run has done so far; rebuilt the same in every replay."""

    context: df.DurableOrchestrationContext
    request: RunRequest
    began: datetime
    stage: Stage = Stage.LISTING
    stage_began: datetime | None = None
    counts: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def enter(self, stage: Stage) -> None:
        """Ends the stage that was, and begins the next."""
        at = now(self.context)
        began = self.stage_began or self.began
        spent = self.seconds.get(self.stage.value, 0.0) + (at - began).total_seconds()
        self.seconds[self.stage.value] = round(spent, 3)
        self.seconds["total"] = round((at - self.began).total_seconds(), 3)
        self.stage, self.stage_began = stage, at
        self.show()

    def show(self) -> None:
        """Puts stage and counts where a status query sees them."""
        self.context.set_custom_status({"stage": self.stage.value, "counts": self.counts})

    def record(self, status: RunStatus, **more: Any) -> RunRecord:
        """The ledger's line about the run now."""
        return RunRecord(
            run=self.request.run,
            status=status,
            stage=self.stage,
            counts=dict(self.counts),
            seconds=dict(self.seconds),
            at=now(self.context),
            **more,
        )


def run_pipeline(context: df.DurableOrchestrationContext) -> Story:
    """The story above."""
    request = RunRequest.from_json(context.get_input())
    progress = Progress(context, request, began=now(context))
    progress.show()
    try:
        opening = progress.record(RunStatus.RUNNING, request=request)
        yield from call(context, names.RECORD_RUN, opening)
        yield from _windows(context, progress)
        failed = yield from _scores(context, progress)
        record = yield from _proof(context, progress, failed)
    except Exception as error:  # noqa: BLE001 (whatever it is, the ledger must tell)
        reason = plain_reason(error)
        failure = Failure(run=request.run, reason=reason, stage=progress.stage, final=True)
        yield from _report(context, failure)
        progress.enter(Stage.ENDED)
        record = progress.record(RunStatus.FAILED, error=reason)
    yield from call(context, names.RECORD_RUN, record)
    if record.status is RunStatus.FAILED:
        raise RunFailedError(record.error)
    return record.to_json()


def _report(context: df.DurableOrchestrationContext, failure: Failure) -> Story:
    """Reports; a report that cannot be made must not keep the ledger from telling the reason."""
    with suppress(Exception):
        yield from call(context, names.REPORT_FAILURE, failure)


def _windows(context: df.DurableOrchestrationContext, progress: Progress) -> Story:
    """Steps 1 to 3."""
    run = progress.request.run
    checked, listed = yield context.task_all(
        [task(context, names.CHECK_ENDPOINT, run), task(context, names.LIST_INPUTS, run)]
    )
    answer_of(checked)
    listing = Listing.from_json(answer_of(listed))
    progress.counts |= {"files": listing.files, "slices": listing.slices, "slices_done": 0}
    progress.enter(Stage.AGGREGATING)
    yield from call(context, names.RECORD_RUN, progress.record(RunStatus.RUNNING))

    def start(number: int) -> Any:
        return task(context, names.AGGREGATE_WINDOWS, SliceOrder(run=run, slice=number))

    def ended(result: Any) -> None:
        done = SliceResult.from_json(answer_of(result)).model_dump(
            exclude={"slice"}, exclude_defaults=True
        )
        for name, count in {**done, "slices_done": 1}.items():
            progress.counts[name] = progress.counts.get(name, 0) + count
        progress.show()

    yield from _some_at_a_time(context, listing.slices, SLICES_IN_FLIGHT, start, ended)
    progress.enter(Stage.PLANNING)
    yield from call(context, names.RECORD_RUN, progress.record(RunStatus.RUNNING))


def _scores(context: df.DurableOrchestrationContext, progress: Progress) -> Story:
    """Steps 4 and 5. Answers how many chunks failed."""
    request = progress.request
    order = PlanOrder(run=request.run, slices=progress.counts["slices"])
    plan = Plan.from_json((yield from call(context, names.PLAN_CHUNKS, order)))
    progress.counts |= {"chunks": plan.chunks, "segments": plan.segments}
    progress.enter(Stage.SCORING)
    yield from call(context, names.RECORD_RUN, progress.record(RunStatus.RUNNING))
    at_once = _segments_at_once(request.pipeline.chunks.chunks_in_flight, plan.segments)
    orders = _segment_orders(request, plan, at_once)
    failed = 0

    def start(number: int) -> Any:
        segment = orders[number - 1]
        return context.call_sub_orchestrator(
            names.SCORE_SEGMENT,
            segment.to_json(),
            instance_id=segment_instance_id(request.run.run_id, segment.segment),
        )

    def ended(result: Any) -> None:
        nonlocal failed
        failed += SegmentResult.from_json(result).failed

    yield from _some_at_a_time(context, len(orders), at_once, start, ended)
    return failed


def _proof(context: df.DurableOrchestrationContext, progress: Progress, failed: int) -> Story:
    """Steps 6 and 7, and the verdict on the run."""
    progress.enter(Stage.RECONCILING)
    request, counts = progress.request, progress.counts
    if request.replaces_all and not failed:
        removed = yield from call(context, names.REMOVE_VANISHED, request.run)
        counts["rows_vanished"] = Removed.from_json(removed).rows
    order = ReconcileOrder(run=request.run, windows=counts["windows"], chunks=counts["chunks"])
    found = Reconciled.from_json((yield from call(context, names.RECONCILE_RUN, order)))
    counts |= found.model_dump(exclude={"balanced", "explanation"})
    tolerated = request.pipeline.chunks.tolerated_failed_chunks
    status = final_status(counts["chunks"], failed, tolerated, reconciled=found.balanced)
    error = None
    if not found.balanced:
        error = found.explanation
    elif failed:
        error = f"{failed} of {counts['chunks']} chunks failed; tolerated: {tolerated}"
    progress.enter(Stage.ENDED)
    return progress.record(status, error=error, reconciled=found.balanced)


def _segments_at_once(chunks_in_flight: int, segments: int) -> int:
    """How many segments run at once, so that they share `chunks_in_flight` without remainder."""
    most = max(1, min(SEGMENTS_IN_FLIGHT, segments))
    return max(n for n in range(1, most + 1) if chunks_in_flight % n == 0)


def _segment_orders(request: RunRequest, plan: Plan, at_once: int) -> list[SegmentOrder]:
    pipeline: Pipeline = request.pipeline
    size = pipeline.chunks.segment_size
    return [
        SegmentOrder(
            run=request.run,
            segment=number,
            first=(number - 1) * size + 1,
            count=min(size, plan.chunks - (number - 1) * size),
            in_flight=pipeline.chunks.chunks_in_flight // at_once,
            policy=Policy.of(pipeline),
        )
        for number in range(1, plan.segments + 1)
    ]


def _some_at_a_time(
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
