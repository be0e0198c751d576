"""One interval of a stream: wait until it is over, or a burst has come, and have it scored.

Input: `BurstOrder`. Output: `BurstResult`.

1. Wait until the interval is closed and nothing lands any more, or a burst has landed.
2. Look into the lake. If there is something that no run has read, run the pipeline over the
   interval, as its next revision; and begin again.
3. When the interval is closed and everything was read, make one file of the many, and end. Whoever
   lands something later starts the story again. It ends as well when a run has failed, since the
   next one would fail, too; the ledger tells.

Batches tell of themselves by the event `landed`. These signals only say when to look: what is there
the lake tells. So it does no harm if one gets lost, as it may when this continues as new.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import azure.durable_functions as df

from domain import names
from domain.messages import (
    BurstOrder,
    BurstResult,
    Compacted,
    IntervalLook,
    IntervalOrder,
    Landing,
    Message,
)
from orchestrators.calls import Story, answer_of, now, plain_reason, task

SIGNALS_PER_LIFE = 50
"""Every signal adds events to the history, and every step replays all of them."""

LONGEST_TIMER = timedelta(days=5)
"""Azure Storage's timers last six days at most."""


class Collecting:
    """The interval so far; rebuilt the same in every replay.

    Signals are taken at any time: an event that nobody waits for is mistaken by the Python SDK for
    the answer to every later wait.
    """

    def __init__(self, context: df.DurableOrchestrationContext, order: BurstOrder) -> None:
        self.context = context
        self.order = order
        self.interval = IntervalOrder(pipeline=order.pipeline, interval=order.interval)
        self.signals = 0
        self.unseen = 0
        self.signalled = order.signalled
        self.last_signal_at = order.last_signal_at or now(context)
        self.runs = list(order.runs)
        self._signal = context.wait_for_external_event(names.LANDED)

    @property
    def is_burst(self) -> bool:
        """Whether so many events have landed that they are scored at once."""
        return self.order.max_events is not None and self.signalled >= self.order.max_events

    @property
    def due_at(self) -> datetime:
        """When the interval may be scored for what has landed so far."""
        quiet_at = self.last_signal_at + timedelta(seconds=self.order.quiet_s)
        return max(self.order.closes_at, min(quiet_at, self.order.latest_at))

    @property
    def is_closed(self) -> bool:
        """Whether no event can be on time any more."""
        return now(self.context) >= self.order.closes_at

    @property
    def is_long(self) -> bool:
        """Whether the history should begin anew."""
        return self.signals >= SIGNALS_PER_LIFE

    def next_life(self) -> BurstOrder:
        """What to go on with."""
        return self.order.model_copy(
            update={
                "signalled": self.signalled,
                "last_signal_at": self.last_signal_at,
                "runs": tuple(self.runs),
            }
        )

    def until(self, other: Any) -> Story:
        """Waits for a task and takes signals meanwhile. Answers the result; raises what it did."""
        while (yield from self.first_of(other)) is not other:
            pass
        if isinstance(other.result, Exception):
            raise other.result
        return other.result

    def first_of(self, other: Any) -> Story:
        """Waits for a task or a signal, and takes the signal. Answers the one that came."""
        first = yield self.context.task_any([other, self._signal])
        if first is other:
            return other
        self.signals += 1
        self.unseen += 1
        self.signalled += _landing(first.result).events
        self.last_signal_at = now(self.context)
        self._signal = self.context.wait_for_external_event(names.LANDED)
        return first

    def call(self, name: str, message: Message) -> Story:
        """Calls an activity and takes signals meanwhile. Raises ActivityRefusedError."""
        return answer_of((yield from self.until(task(self.context, name, message))))


def collect_burst(context: df.DurableOrchestrationContext) -> Story:
    """The story above."""
    collecting = Collecting(context, BurstOrder.from_json(context.get_input()))
    while True:
        waited = yield from _wait(context, collecting)
        if not waited:
            context.continue_as_new(collecting.next_life().to_json())
            return None
        closed = collecting.is_closed
        look = yield from _look(collecting)
        if look.request is not None:
            is_done = not (yield from _run(context, collecting, look))
        else:
            is_done = closed
            if closed:
                answer = yield from collecting.call(names.COMPACT_INTERVAL, collecting.interval)
                Compacted.from_json(answer)
        # Whoever told of something since the last look relies on another one.
        if closed and is_done and not collecting.unseen:
            return _result(collecting, look).to_json()


def _wait(context: df.DurableOrchestrationContext, collecting: Collecting) -> Story:
    """Step 1. Answers False if the history became long before."""
    _show(context, collecting, "waiting")
    while not collecting.is_long:
        if collecting.is_burst or now(context) >= collecting.due_at:
            return True
        until = min(collecting.due_at, now(context) + LONGEST_TIMER)
        timer = context.create_timer(until.replace(tzinfo=None))
        # A timer that is set stays: it may come too early, then another one is set.
        while not collecting.is_burst and not collecting.is_long:
            if (yield from collecting.first_of(timer)) is timer:
                break
        else:
            timer.cancel()
    return False


def _look(collecting: Collecting) -> Story:
    """What lies in the lake now; signals from here on ask for another look."""
    collecting.signalled = collecting.unseen = 0
    answer = yield from collecting.call(names.LOOK_AT_INTERVAL, collecting.interval)
    return IntervalLook.from_json(answer)


def _run(
    context: df.DurableOrchestrationContext, collecting: Collecting, look: IntervalLook
) -> Story:
    """Step 2. Answers whether the run went well; one that failed has told so by itself."""
    assert look.request is not None  # noqa: S101 (the caller has looked)
    run_id = look.request.run.run_id
    _show(context, collecting, "scoring", run=run_id)
    collecting.runs.append(run_id)
    run = context.call_sub_orchestrator(
        names.RUN_PIPELINE, look.request.to_json(), instance_id=run_id
    )
    try:
        yield from collecting.until(run)
    except Exception as error:  # noqa: BLE001 (a run's failure is not this story's)
        _show(context, collecting, "run failed", run=run_id, reason=plain_reason(error))
        return False
    return True


def _result(collecting: Collecting, look: IntervalLook) -> BurstResult:
    return BurstResult(
        pipeline=collecting.order.pipeline,
        interval=collecting.order.interval,
        events=look.events,
        runs=tuple(collecting.runs),
    )


def _show(
    context: df.DurableOrchestrationContext, collecting: Collecting, what: str, **more: str
) -> None:
    told = {"stage": what, "signalled": collecting.signalled, "runs": len(collecting.runs)}
    context.set_custom_status({**told, **more})


def _landing(data: Any) -> Landing:
    """The signal's data, which the SDK hands over as text."""
    return Landing.from_json(json.loads(data) if isinstance(data, str) else data)
