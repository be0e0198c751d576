"""One run of a pipeline over one span, from its input to its proof.

Input: `RunRequest`. Output: the ledger's view of the run (`RunRecord`).

1. Record the run, with the pipeline as it is now; check that the endpoint is there; have its
   cluster warmed, if the cost policy wants that.
2. List the inputs as slices; decide how large parts and chunks are.
3. Aggregate the slices into windows, some at a time.
4. Plan the chunks.
5. Score the chunks, in segments.
6. A newer revision removes the scores of windows that are there no more.
7. Reconcile: every window is scored, rejected or in a dead letter. Measure quality and cost.
8. Record how the run ended. A run that failed is a failed orchestration, too.

Runs of story 1 know nothing of clusters, sizes, quality and cost: see `RunRequest`.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import azure.durable_functions as df

from domain import names
from domain.messages import (
    Failure,
    Listing,
    Moment,
    Plan,
    PlanOrder,
    Policy,
    Reconciled,
    ReconcileOrder,
    Removed,
    RunRequest,
    ScaleOrder,
    SegmentOrder,
    SegmentResult,
    SizeOrder,
)
from domain.pipeline import Pipeline
from domain.runs import RunStatus, Stage, final_status, segment_instance_id
from orchestrators.aggregating import aggregate_slices, some_at_a_time
from orchestrators.calls import Story, all_of, answer_of, call, now, plain_reason, task
from orchestrators.progress import Progress

SEGMENTS_IN_FLIGHT = 4
"""So that a segment's last, slow chunk does not leave the cluster idle."""


class RunFailedError(Exception):
    """The run ended as Failed."""


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
    if request.story > 1:
        yield from _scale(context, progress, Moment.RUN_ENDS)
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
    if progress.request.story > 1:
        yield from _scale(context, progress, Moment.RUN_BEGINS)
    looks = [task(context, names.CHECK_ENDPOINT, run), task(context, names.LIST_INPUTS, run)]
    checked, listed = yield from all_of(context, looks)
    deployment = answer_of(checked)["deployment"]
    listing = Listing.from_json(answer_of(listed))
    if progress.request.story > 1:
        progress.facts["deployment"] = deployment
        sizes = SizeOrder(run=run, events=listing.rows)
        progress.facts["sizing"] = yield from call(context, names.SIZE_CHUNKS, sizes)
    progress.counts |= {"files": listing.files, "slices": listing.slices, "slices_done": 0}
    progress.enter(Stage.AGGREGATING)
    yield from call(context, names.RECORD_RUN, progress.record(RunStatus.RUNNING))
    yield from aggregate_slices(context, progress, listing.slices)
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

    yield from some_at_a_time(context, len(orders), at_once, start, ended)
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
    counts |= found.model_dump(exclude={"balanced", "explanation", "rejected"})
    if request.story > 1:
        if found.rejected:
            progress.facts["rejected"] = found.rejected
        yield from _afterwards(context, progress)
    tolerated = request.pipeline.chunks.tolerated_failed_chunks
    status = final_status(counts["chunks"], failed, tolerated, reconciled=found.balanced)
    error = None
    if not found.balanced:
        error = found.explanation
    elif failed:
        error = f"{failed} of {counts['chunks']} chunks failed; tolerated: {tolerated}"
    progress.enter(Stage.ENDED)
    return progress.record(status, error=error, reconciled=found.balanced)


def _afterwards(context: df.DurableOrchestrationContext, progress: Progress) -> Story:
    """What is worth knowing of a run that was scored; without it, the run ends all the same."""
    run = progress.request.run
    for topic, activity in (("quality", names.MEASURE_QUALITY), ("cost", names.METER_RUN)):
        try:
            progress.facts[topic] = yield from call(context, activity, run)
        except Exception as error:  # noqa: BLE001 (whatever it is, the ledger tells)
            progress.facts[topic] = {"error": plain_reason(error)}


def _scale(context: df.DurableOrchestrationContext, progress: Progress, moment: Moment) -> Story:
    """Has the cost policy look at the cluster, once: no run waits for it, or fails by it."""
    run = progress.request.run
    order = ScaleOrder(pipeline=run.pipeline, run=run, moment=moment)
    with suppress(Exception):
        yield context.call_activity(names.SCALE_COMPUTE, order.to_json())


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
