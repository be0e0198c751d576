"""Sends a plan's stream at its pace, and never keeps more than a bounded part of it in memory."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

from simulate.errors import SimulateError, UsageError
from simulate.faults import planned_faults
from simulate.lanes import Lanes, OnSent
from simulate.pace import Pace
from simulate.plan import EPOCH, Plan
from simulate.sender import Sender
from simulate.streaming import Sending, stream
from simulate.tally import Progress, Summary, Tally
from simulate.targets import Target

TICK_S = 0.1  # what falls due within it travels together
TELL_EVERY_S = 0.25
MOST_WAITING = 10_000  # events that are due and not acknowledged; more are not made until then
AT_ONCE = 500  # events made before requests get their turn
RATE_OVER_S = 2.0
STOP_GRACE_S = 5.0
PATIENCE_S = 300.0

OnProgress = Callable[[Progress], None]


def run(
    plan: Plan,
    target: Target,
    on_progress: OnProgress | None = None,
    *,
    on_sent: OnSent | None = None,
    stop: threading.Event | None = None,
    tell_arrival: bool | None = None,
    patience_s: float = PATIENCE_S,
) -> Summary:
    """Sends the whole stream, or until `stop` is set; returns what has become of it.

    Every event that the summary counts has been acknowledged by the service. `on_progress` is
    called a few times a second; `on_sent(events, wall_time)` after every acknowledged request.
    `tell_arrival` tells the stand-in that an event arrives at its stream time rather than now; it
    does so by itself if stream time runs fast. The service may be away for `patience_s`.

    Raises UsageError if stream time is to differ from the time of day in a real namespace,
    UnreachableError and RefusedError if the sending cannot go on; their `summary` tells how far it
    had come.
    """
    check_speed(plan, target)
    tell = plan.speed > 1 if tell_arrival is None else tell_arrival
    streaming = _Streaming(plan, stop or threading.Event(), on_progress or (lambda _: None))
    try:
        asyncio.run(streaming.play(target, on_sent, tell=tell and target.is_local, s=patience_s))
    except ExceptionGroup as group:
        error = _first(group)
        if isinstance(error, SimulateError):
            error.summary = streaming.summary()
        raise error from None
    return streaming.summary()


def check_speed(plan: Plan, target: Target) -> None:
    """Raises UsageError if the plan's stream time runs faster than a real namespace's clock."""
    if plan.speed > 1 and not target.is_local:
        raise UsageError(
            f"--speed must be 1 for a real namespace, which stamps events with the time of day; "
            f"got {plan.speed:g} for {target.url.partition('://')[2]}"
        )


class _Streaming:
    """One simulation from beginning to end."""

    def __init__(self, plan: Plan, stop: threading.Event, tell: OnProgress) -> None:
        self._plan = plan
        self._stop = stop
        self._tell = tell
        self._tally = Tally()
        self._pace = Pace(plan)
        self._seconds = 0.0
        self._abandoned = 0
        self._told: list[tuple[float, int]] = [(0.0, 0)]

    def summary(self) -> Summary:
        """What has become of it."""
        return self._tally.summary(self._seconds, self._abandoned, planned_faults(self._plan))

    async def play(self, target: Target, on_sent: OnSent | None, *, tell: bool, s: float) -> None:
        """Runs it; errors of lanes come as a group."""
        if target.token is not None:
            await asyncio.to_thread(target.token)  # slow only once: before the clock starts
        async with Sender(target, self._tally, s) as sender:
            lanes = Lanes(self._plan, sender, self._tally, on_sent, tell=tell)
            self._pace = Pace(self._plan)
            try:
                async with asyncio.TaskGroup() as group:
                    tasks = lanes.start(group)
                    await self._feed(lanes)
                    await self._drain(lanes)
                    for task in tasks:
                        task.cancel()
            finally:
                self._seconds = self._pace.elapsed_s
                self._abandoned = lanes.waiting
                self._report(lanes)

    async def _feed(self, lanes: Lanes) -> None:
        """Hands events to the lanes when they are due."""
        events = stream(self._plan)
        event = next(events, None)
        while event is not None and not self._stop.is_set():
            event = self._hand_over(event, events, lanes)
            self._report_now_and_then(lanes)
            if lanes.waiting >= MOST_WAITING:
                await lanes.changed(TICK_S)
            elif event is not None:
                is_due = event.send_at_us <= self._pace.now_us()
                await asyncio.sleep(0 if is_due else TICK_S)

    def _hand_over(
        self, event: Sending | None, events: Iterator[Sending], lanes: Lanes
    ) -> Sending | None:
        """Hands over what is due, up to a limit; returns the first event that is not."""
        now_us, left = self._pace.now_us(), min(AT_ONCE, MOST_WAITING - lanes.waiting)
        while event is not None and left > 0 and event.send_at_us <= now_us:
            lanes.add(event)
            event = next(events, None)
            left -= 1
        return event

    async def _drain(self, lanes: Lanes) -> None:
        """Waits for what is on its way; after a stop, not for long."""
        stopped_at: float | None = None
        while lanes.waiting:
            if self._stop.is_set():
                stopped_at = self._pace.elapsed_s if stopped_at is None else stopped_at
                if self._pace.elapsed_s - stopped_at > STOP_GRACE_S:
                    return
            await lanes.changed(TICK_S)
            self._report_now_and_then(lanes)

    def _report_now_and_then(self, lanes: Lanes) -> None:
        if self._pace.elapsed_s - self._told[-1][0] >= TELL_EVERY_S:
            self._report(lanes)

    def _report(self, lanes: Lanes) -> None:
        now_s, tally = self._pace.elapsed_s, self._tally
        self._told = [t for t in self._told if now_s - t[0] <= RATE_OVER_S] or self._told[-1:]
        since_s, sent = self._told[0]
        self._told.append((now_s, tally.sent))
        oldest_us = lanes.oldest_us
        lag_s = 0.0 if oldest_us is None else self._pace.lag_s(oldest_us)
        tally.behind(lag_s)
        self._tell(
            Progress(
                elapsed_s=now_s,
                sent=tally.sent,
                kinds=tally.kinds,
                per_s=(tally.sent - sent) / max(now_s - since_s, TICK_S),
                lag_s=lag_s,
                waiting=lanes.waiting,
                requests=tally.requests,
                resent=tally.resent,
                stream_time=EPOCH + timedelta(microseconds=self._pace.now_us()),
                trouble=tally.trouble,
            )
        )


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first error of a group, or of the groups in it; one of ours before others."""
    flat: list[BaseException] = []
    for error in group.exceptions:
        flat += [_first(error)] if isinstance(error, BaseExceptionGroup) else [error]
    ours = [error for error in flat if isinstance(error, SimulateError)]
    return (ours or flat)[0]
