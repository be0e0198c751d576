"""One chunk: submit a job, watch it, collect its scores; try again, or give the chunk up.

Input: `ChunkOrder`. Output: `ChunkResult`.

1. Submit the chunk's job for this attempt (or adopt the one that is there already).
2. Wait, look, and wait longer each time. A job without progress for `job_timeout_s` is cancelled.
3. When the job has completed, upsert its scores.
4. When the attempt failed, report it and start the next one; after `max_attempts` the chunk
   becomes a dead letter and the run goes on without it.
5. A new attempt begins a new history; so does watching, before the history grows long.
"""

from __future__ import annotations

from datetime import timedelta

import azure.durable_functions as df

from domain import jobs, names
from domain.messages import (
    ChunkOrder,
    ChunkResult,
    Failure,
    JobLook,
    JobOrder,
    Submitted,
    Watch,
)
from domain.runs import Stage
from orchestrators.calls import ActivityRefusedError, Story, call, now, plain_reason

LOOKS_PER_LIFE = 30
"""Every look adds about ten events to the history, and every step replays all of them."""

ANOTHER_JOB_MAY_HELP = frozenset({"PredictionsError"})
"""Refusals that concern this attempt's job alone, not the chunk."""


class AttemptFailedError(Exception):
    """This attempt is over without scores; `for_good` when another one cannot help."""

    def __init__(self, reason: str, *, for_good: bool = False) -> None:
        self.for_good = for_good
        super().__init__(reason)


def score_chunk(context: df.DurableOrchestrationContext) -> Story:
    """The story above."""
    order = ChunkOrder.from_json(context.get_input())
    try:
        if order.watch is None:
            order = yield from _submit(context, order)
        watch = yield from _watch(context, order)
        if watch is None:
            yield from _collect(context, order)
            return ChunkResult(chunk=order.chunk, scored=True).to_json()
        order = order.model_copy(update={"watch": watch})
    except AttemptFailedError as failed:
        final = failed.for_good or order.attempt >= order.policy.max_attempts
        yield from _report(context, order, str(failed), final=final)
        if final:
            return ChunkResult(chunk=order.chunk, scored=False).to_json()
        order = order.model_copy(update={"attempt": order.attempt + 1, "watch": None})
    context.continue_as_new(order.to_json())
    return None


def _submit(context: df.DurableOrchestrationContext, order: ChunkOrder) -> Story:
    answer = yield from _attempt(context, names.SUBMIT_SCORING_JOB, order)
    watch = Watch(
        attempt=order.attempt,
        job_name=Submitted.from_json(answer).job_name,
        delay_s=order.policy.poll_first_s,
        progress="",
        progress_at=now(context),
    )
    return order.model_copy(update={"watch": watch})


def _watch(context: df.DurableOrchestrationContext, order: ChunkOrder) -> Story:
    """Waits until the job has succeeded (None), or the history is long (how to go on)."""
    policy, watch = order.policy, order.watch
    assert watch is not None  # noqa: S101 (set by _submit)
    for _ in range(LOOKS_PER_LIFE):
        yield context.create_timer(context.current_utc_datetime + timedelta(seconds=watch.delay_s))
        look = JobLook.from_json((yield from _attempt(context, names.GET_JOB_STATUS, order)))
        if look.progress != watch.progress:
            watch = watch.model_copy(
                update={"progress": look.progress, "progress_at": now(context)}
            )
        idle_s = (now(context) - watch.progress_at).total_seconds()
        judgement = jobs.judge(look.status, look.message, idle_s, policy.job_timeout_s)
        if judgement.verdict is jobs.Verdict.COLLECT:
            return None
        if judgement.verdict is jobs.Verdict.CANCEL:
            yield from _attempt(context, names.CANCEL_JOB, order)
        if judgement.verdict is not jobs.Verdict.WAIT:
            raise AttemptFailedError(judgement.reason)
        delay_s = jobs.next_delay(watch.delay_s, policy.poll_factor, policy.poll_cap_s)
        watch = watch.model_copy(update={"delay_s": delay_s})
    return watch


def _collect(context: df.DurableOrchestrationContext, order: ChunkOrder) -> Story:
    yield from _attempt(context, names.UPSERT_SCORES, order)


def _attempt(context: df.DurableOrchestrationContext, name: str, order: ChunkOrder) -> Story:
    """Calls an activity for this attempt, and tells how much its failure means."""
    message = JobOrder(
        run=order.run, segment=order.segment, chunk=order.chunk, attempt=order.attempt
    )
    try:
        return (yield from call(context, name, message))
    except ActivityRefusedError as refused:
        for_good = refused.kind not in ANOTHER_JOB_MAY_HELP
        raise AttemptFailedError(str(refused), for_good=for_good) from refused
    except Exception as error:
        # The service was away for longer than the policy rides out; a new job would not change it.
        raise AttemptFailedError(f"{name}: {plain_reason(error)}", for_good=True) from error


def _report(
    context: df.DurableOrchestrationContext, order: ChunkOrder, reason: str, *, final: bool
) -> Story:
    failure = Failure(
        run=order.run,
        reason=reason,
        stage=Stage.SCORING,
        segment=order.segment,
        chunk=order.chunk,
        attempt=order.attempt,
        final=final,
    )
    yield from call(context, names.REPORT_FAILURE, failure)
