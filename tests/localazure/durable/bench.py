"""A workbench for the executor: the real SDK, no store, no threads; the test sends the events."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import azure.durable_functions as df

from localazure.durable import events
from localazure.durable.commit import start_event
from localazure.durable.events import Event
from localazure.durable.executor import execute_turn
from localazure.durable.model import Instance, Message, Outcome, Parent, Status, Turn
from localazure.durable.ports import Catalog

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
CATALOG = Catalog(["orchestrator", "child"], ["act", "other"])


def new_instance(given: str | None = None, parent: Parent | None = None) -> Instance:
    """Return an instance that has not begun."""
    moment = events.wire_time(NOON)
    return Instance(
        instance_id="i",
        execution_id="e",
        name="orchestrator",
        version="",
        input=given,
        status=Status.PENDING,
        custom_status=None,
        output=None,
        created_at=moment,
        updated_at=moment,
        parent=parent,
    )


class Bench:
    """One instance of one orchestrator, turned by hand, a second at a time."""

    def __init__(
        self,
        orchestrator: Callable[..., Any],
        given: str | None = None,
        parent: Parent | None = None,
    ) -> None:
        self.handle = df.Orchestrator.create(orchestrator)
        self.instance = new_instance(given, parent)
        self.history: list[Event] = []
        self.waiting: list[Event] = [start_event(self.instance, NOON)]
        self.contexts: list[str] = []
        self.now = NOON

    def turn(self, *arrived: Event) -> Outcome:
        """Deliver events, run one turn, and keep what it changes."""
        self.now += timedelta(seconds=1)
        self.waiting.extend(arrived)
        messages = [Message(number, event) for number, event in enumerate(self.waiting)]
        history = [dict(event) for event in self.history]
        outcome = execute_turn(
            Turn(self.instance, history, messages, self.now), self._orchestrate, CATALOG
        )
        self.waiting = [
            event for number, event in enumerate(self.waiting) if number not in outcome.consumed
        ]
        self.history.extend(outcome.history)
        self.instance = replace(
            self.instance, status=outcome.status, custom_status=outcome.custom_status
        )
        return outcome

    def completed(self, task_id: int, result: str = "1") -> Event:
        """Return an activity's result."""
        return events.task_completed(self.now, task_id, result)

    def failed(self, task_id: int) -> Event:
        """Return an activity's failure."""
        return events.task_failed(self.now, task_id, "reason", "details")

    def fired(self, task_id: int) -> Event:
        """Return a fired timer."""
        return events.timer_fired(self.now, task_id, events.wire_time(self.now))

    def raised(self, name: str, data: str = "null") -> Event:
        """Return an external event."""
        return events.event_raised(self.now, name, data)

    def _orchestrate(self, name: str, context_json: str) -> str:
        assert name == "orchestrator"
        self.contexts.append(context_json)
        return str(self.handle(context_json))


def kinds(history: Iterable[Event]) -> list[str]:
    """Return the names of a history's events."""
    return [events.EventType(one["EventType"]).name for one in history]
