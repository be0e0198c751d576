"""The outcome of a turn while it is being written; `executor` tells the story, this keeps count."""

import json
from datetime import timedelta

from localazure.durable import events
from localazure.durable.actions import (
    ActivityAction,
    Answer,
    ChildAction,
    TaskAction,
    TimerAction,
)
from localazure.durable.errors import NonDeterminismError
from localazure.durable.events import RETRY, Event, EventType, completes
from localazure.durable.model import (
    ContinueAs,
    NewInstance,
    Outcome,
    Parent,
    ScheduleActivity,
    ScheduleTimer,
    Status,
    Turn,
)
from localazure.durable.ports import Catalog
from localazure.durable.progress import OpenTask, RetryNote, read_progress
from localazure.durable.wire import carried_events, execution_after

KIND_OF_ACTION = {
    ActivityAction: EventType.TASK_SCHEDULED,
    ChildAction: EventType.SUB_ORCHESTRATION_CREATED,
    TimerAction: EventType.TIMER_CREATED,
}


class Draft:
    """Collects what a turn changes."""

    def __init__(self, turn: Turn, catalog: Catalog) -> None:
        self.turn = turn
        self.catalog = catalog
        self.progress = read_progress(turn.history)
        self.control: list[Event] = []
        self.retry_steps: list[tuple[OpenTask, Event]] = []
        self.again: list[int] = []
        self.outcome = Outcome(
            instance=turn.instance,
            status=Status.RUNNING,
            custom_status=turn.instance.custom_status,
            now=turn.now,
        )

    def record(self, event: Event) -> None:
        """Append to the history."""
        self.progress.apply(event)
        self.outcome.history.append(event)

    def record_control(self) -> None:
        """Append the suspensions and resumptions that this turn obeyed."""
        while self.control:
            self.record(self.control.pop(0))

    def record_retry_step(self, event: Event) -> None:
        """Append an event that moves a retried task on; its next task is numbered later."""
        task = self.progress.open[completes(event) or 0]
        self.retry_steps.append((task, event))
        self.record(event)

    def park(self) -> None:
        """Leave every other message waiting until the instance is resumed."""
        self.outcome.status = Status.SUSPENDED
        if self.turn.history and self.control:
            self.record(events.orchestrator_started(self.turn.now))
            self.record_control()
            self.record(events.orchestrator_completed(self.turn.now))

    def terminate(self, order: Event) -> None:
        """End at once; children and running activities go on by themselves, as in Azure."""
        self.record(events.orchestrator_started(self.turn.now))
        self.record(order)
        self._end(Status.TERMINATED, json.dumps(order["Input"]), order["Input"] or "")

    def fail(self, reason: str, details: str | None = None) -> None:
        """End as failed, with the sentence that the extension would show."""
        text = f"Orchestrator function '{self.turn.instance.name}' failed: {reason}"
        self._end(Status.FAILED, json.dumps(text), text, details)

    def schedule(self, answer: Answer) -> None:
        """Compare the answer with the history, then schedule what is new in it."""
        if answer.lost:
            return
        self._compare(answer.tasks)
        for action in answer.tasks[len(self.progress.own) :]:
            self._schedule_own(action, len(self.progress.own))
        for task, event in self.retry_steps:
            self._advance_retry(task, event, answer.tasks)
        for task_id in self.again:
            self._repeat(task_id, answer.tasks)
        for event, action in zip(self.progress.own, answer.tasks, strict=True):
            if isinstance(action, TimerAction) and action.cancelled:
                self._cancel_timer(event["EventId"])
        if answer.custom_status is not None:
            self.outcome.custom_status = json.dumps(answer.custom_status)
        elif self.turn.history:
            # The first turn after continue-as-new keeps what the execution before it had set.
            self.outcome.custom_status = None

    def conclude(self, answer: Answer) -> None:
        """End the execution if nothing is left to wait for, else close the turn."""
        over = answer.done or answer.error is not None
        if not answer.lost and (not over or self.progress.open):
            self.record(events.orchestrator_completed(self.turn.now))
        elif answer.error is not None:
            self.fail(answer.error)
        elif answer.continue_as_new is not None:
            self._continue(answer.continue_as_new, answer.waits)
        else:
            output = None if answer.output is None else json.dumps(answer.output)
            self._end(Status.COMPLETED, output)

    def _compare(self, tasks: list[TaskAction]) -> None:
        for index, event in enumerate(self.progress.own):
            found = tasks[index] if index < len(tasks) else None
            kind = EventType(event["EventType"])
            same_kind = found is not None and KIND_OF_ACTION[type(found)] is kind
            if not same_kind or getattr(found, "name", None) != event.get("Name"):
                expected = f"{kind.name} {event.get('Name') or ''} (#{event['EventId']})"
                raise NonDeterminismError(expected, _describe(found))

    def _schedule_own(self, action: TaskAction, index: int) -> None:
        note = None
        if not isinstance(action, TimerAction) and action.retry is not None:
            note = RetryNote(index, 1, action.retry.max_attempts)
        self._schedule(action, note)

    def _advance_retry(self, task: OpenTask, event: Event, tasks: list[TaskAction]) -> None:
        note = task.retry
        action = tasks[note.index] if note is not None else None
        if note is None or action is None or isinstance(action, TimerAction):
            return
        if task.kind is not EventType.TIMER_CREATED and action.retry is not None:
            delay = timedelta(milliseconds=action.retry.interval_ms)
            self._schedule(TimerAction(self.turn.now + delay, cancelled=False), note)
        elif event["EventType"] == EventType.TIMER_FIRED:
            self._schedule(action, RetryNote(note.index, note.attempt + 1, note.max_attempts))

    def _repeat(self, task_id: int, tasks: list[TaskAction]) -> None:
        """Do a scheduled task once more; its input is known to the orchestrator alone."""
        task = self.progress.open[task_id]
        own = [one["EventId"] for one in self.progress.own]
        action = tasks[task.retry.index if task.retry is not None else own.index(task_id)]
        if isinstance(action, ActivityAction):
            self.outcome.activities.append(ScheduleActivity(task_id, action.name, action.input))
        elif isinstance(action, ChildAction):
            self.outcome.children.append(self._child(action, task_id))

    def _schedule(self, action: TaskAction, note: RetryNote | None) -> None:
        task_id, now = self.progress.next_id, self.turn.now
        if isinstance(action, TimerAction):
            event = events.timer_created(now, task_id, action.fire_at)
            if not action.cancelled:
                self.outcome.timers.append(ScheduleTimer(task_id, action.fire_at))
        elif isinstance(action, ActivityAction):
            self.catalog.require_activity(action.name)
            event = events.task_scheduled(now, task_id, action.name)
            self.outcome.activities.append(ScheduleActivity(task_id, action.name, action.input))
        else:
            self.catalog.require_orchestrator(action.name)
            child = self._child(action, task_id)
            event = events.sub_orchestration_created(
                now, task_id, name=action.name, instance_id=child.instance_id
            )
            self.outcome.children.append(child)
        if note is not None:
            event[RETRY] = note.to_json()
        self.record(event)

    def _child(self, action: ChildAction, task_id: int) -> NewInstance:
        me = self.turn.instance
        parent = Parent(me.instance_id, me.execution_id, task_id, me.name)
        instance_id = action.instance_id or f"{me.execution_id}:{task_id}"
        return NewInstance(instance_id, action.name, action.input, parent=parent)

    def _cancel_timer(self, task_id: int) -> None:
        if self.progress.open.pop(task_id, None) is not None:
            self.outcome.cancelled_timers.append(task_id)

    def _continue(self, new_input: str, waits: list[str]) -> None:
        carried = carried_events(self.progress.raised, waits)
        execution_id = execution_after(self.turn.instance.execution_id)
        self.outcome.continue_as = ContinueAs(execution_id, new_input, carried)

    def _end(
        self, status: Status, output: str | None, reason: str = "", details: str | None = None
    ) -> None:
        now, parent = self.turn.now, self.turn.instance.parent
        self.outcome.status, self.outcome.output = status, output
        self.record(
            events.execution_completed(now, self.progress.next_id, status=status, result=output)
        )
        self.record(events.orchestrator_completed(now))
        # Nothing of an ended execution is started any more.
        self.outcome.activities, self.outcome.timers, self.outcome.children = [], [], []
        if parent is not None and status is Status.COMPLETED:
            event = events.sub_orchestration_completed(now, parent.task_id, output)
            self.outcome.to_parent = event
        elif parent is not None:
            event = events.sub_orchestration_failed(now, parent.task_id, reason, details)
            self.outcome.to_parent = event


def _describe(action: TaskAction | None) -> str:
    if action is None:
        return "nothing"
    return f"{KIND_OF_ACTION[type(action)].name} {getattr(action, 'name', '')}".strip()
