"""Dispatches: messages to turns, work to activities, times to timers. All state is in the store.

Whatever is in memory here is a hint of where to look; after a crash `start` reads it again from
the store. Threads wait on conditions, so new work starts at once.
"""

import json
import logging
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime

from localazure.durable import events
from localazure.durable.events import Event, utc_now
from localazure.durable.executor import execute_turn
from localazure.durable.model import ActivityWork, Effects
from localazure.durable.ports import DurableFunctions, Store
from localazure.durable.ready_queue import ReadyQueue
from localazure.durable.timer_clock import TimerClock

TURN_THREADS = 4
STOP_TIMEOUT_S = 2.0
RETRY_S = 1.0
LONGEST_REST_S = 0.1

CARRIED_WARNING = (
    "Instance %s continues as new with external events that it has not awaited (%s). "
    "Azure discards such events of a Python orchestrator: await them before."
)

logger = logging.getLogger(__name__)


class Engine:
    """Runs everything that the store says is unfinished."""

    def __init__(
        self, store: Store, functions: DurableFunctions, *, turn_threads: int = TURN_THREADS
    ) -> None:
        self.store = store
        self.functions = functions
        self._ready = ReadyQueue()
        self._clock = TimerClock(store.next_timer, self._fire_timers)
        self._closing = threading.Event()
        self._threads = [
            threading.Thread(target=self._run_turns, name=f"orchestrator-{n}", daemon=True)
            for n in range(turn_threads)
        ]

    def start(self) -> None:
        """Take up all unfinished work: activities that were running run again."""
        # Read before anything moves: work that a due timer leads to would be started twice.
        unfinished = self.store.unfinished()
        for thread in self._threads:
            thread.start()
        self._clock.start()
        self.follow(unfinished)

    def stop(self) -> None:
        """Finish the turns under way; running activities are left and run again next time."""
        self._closing.set()
        self._ready.close()
        self._clock.close()
        for thread in self._threads:
            thread.join(timeout=STOP_TIMEOUT_S)

    def wake(self, instance_id: str) -> None:
        """Look at an instance that was sent a message."""
        self._ready.put([instance_id])

    def _run_turns(self) -> None:
        while (instance_id := self._ready.take()) is not None:
            began = time.perf_counter()
            try:
                self._run_turn(instance_id)
            except Exception:
                # The messages are still in the store, so nothing is lost by trying again.
                logger.exception("The turn of instance %s could not be made.", instance_id)
                self._later(self.wake, instance_id)
            finally:
                # A turn replays the whole history, so results that come meanwhile had better share
                # the next one: the instance rests for as long as its turn took.
                self._closing.wait(min(time.perf_counter() - began, LONGEST_REST_S))
                self._ready.done(instance_id)

    def _run_turn(self, instance_id: str) -> None:
        turn = self.store.load_turn(instance_id, utc_now())
        if turn is None:
            return
        outcome = execute_turn(turn, self.functions.run_orchestrator, self.functions.catalog)
        self.follow(self.store.commit_turn(outcome))
        if outcome.status.ended:
            self.functions.instance_ended(outcome)
        elif outcome.continue_as is not None and outcome.continue_as.carried:
            names = ", ".join(one["Name"] for one in outcome.continue_as.carried)
            logger.warning(CARRIED_WARNING, instance_id, names)

    def _fire_timers(self, now: datetime) -> None:
        self._ready.put(self.store.fire_timers(now))

    def follow(self, effects: Effects) -> None:
        """Do what a change of the store asks for."""
        self._ready.put(effects.ready)
        self._clock.note(effects.earliest_timer)
        for work in effects.activities:
            self._start_activity(work)

    def _start_activity(self, work: ActivityWork) -> None:
        future = self.functions.start_activity(work)
        future.add_done_callback(lambda done: self._finish_activity(work, done))

    def _finish_activity(self, work: ActivityWork, done: "Future[str]") -> None:
        if done.cancelled() or self._closing.is_set():
            return
        error = done.exception()
        if error is None:
            event = events.task_completed(utc_now(), work.task_id, done.result())
        else:
            event = events.task_failed(utc_now(), work.task_id, *describe_failure(work.name, error))
        self._record(work, event)

    def _record(self, work: ActivityWork, event: Event) -> None:
        try:
            instance_id = self.store.complete_activity(work.work_id, event)
        except Exception:
            logger.exception("The result of activity %s is kept until it is stored.", work.name)
            self._later(self._record, work, event)
            return
        if instance_id is not None:
            self._ready.put([instance_id])

    def _later(self, call: Callable[..., None], *arguments: object) -> None:
        if not self._closing.is_set():
            timer = threading.Timer(RETRY_S, call, arguments)
            timer.daemon = True
            timer.start()


def describe_failure(name: str, error: BaseException) -> tuple[str, str]:
    """Return the reason and the details that the extension gives for a failed activity.

    The details are one line of JSON, so `str(exception).split("\\n")[1]` finds them.
    """
    message = f"{type(error).__name__}: {error}"
    stack = "".join(traceback.format_tb(error.__traceback__))
    details = {"ClassName": "System.Exception", "Message": message, "StackTraceString": stack}
    return f"Activity function '{name}' failed: {message}", json.dumps(details)
