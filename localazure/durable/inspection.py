"""Looks into a state file without touching it, beside a host that runs or without one."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from localazure.durable.database import SCHEMA_VERSION
from localazure.durable.errors import StoreError
from localazure.durable.events import Event, EventType, completes, parse_time
from localazure.durable.model import Instance, InstanceQuery
from localazure.durable.queries import find, history_texts
from localazure.durable.rows import INSTANCE_COLUMNS, read_events, read_instance, where

BUSY_TIMEOUT_S = 5.0

KINDS = {
    EventType.TASK_SCHEDULED: "activity",
    EventType.SUB_ORCHESTRATION_CREATED: "sub-orchestration",
    EventType.TIMER_CREATED: "timer",
}
MOMENTS = {
    EventType.EXECUTION_STARTED: "started",
    EventType.EXECUTION_COMPLETED: "ended",
    EventType.EXECUTION_TERMINATED: "terminated",
    EventType.EXECUTION_SUSPENDED: "suspended",
    EventType.EXECUTION_RESUMED: "resumed",
    EventType.EVENT_RAISED: "event",
    EventType.GENERIC_EVENT: "rewound",
}
OUTCOMES = {
    EventType.TASK_COMPLETED: "completed",
    EventType.SUB_ORCHESTRATION_COMPLETED: "completed",
    EventType.TIMER_FIRED: "fired",
    EventType.TASK_FAILED: "failed",
    EventType.SUB_ORCHESTRATION_FAILED: "failed",
}


@dataclass(frozen=True)
class Step:
    """A task or a moment of a history; a moment ends when it begins."""

    kind: str
    name: str
    began: datetime
    ended: datetime | None = None
    outcome: str = ""


@dataclass(frozen=True)
class Waiting:
    """Something that has to come before an instance goes on."""

    kind: str
    name: str
    since: datetime | None = None
    due: datetime | None = None


@dataclass(frozen=True)
class Family:
    """An instance with its sub-orchestrations."""

    instance: Instance
    children: Sequence["Family"]


class Inspection:
    """One consistent look: all answers are of the same moment."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def instances(self, query: InstanceQuery, *, children: bool) -> list[Instance]:
        """Return the newest instances that fit, oldest first; sub-orchestrations if asked for."""
        condition, values = where(query)
        roots = "" if children else "AND parent_id IS NULL"
        rows = self._connection.execute(
            f"SELECT {INSTANCE_COLUMNS} FROM instances WHERE {condition} {roots} "
            "ORDER BY created_at DESC, instance_id DESC LIMIT ?",
            (*values, -1 if query.top is None else query.top),
        )
        return [read_instance(row) for row in rows][::-1]

    def find(self, instance_id: str) -> Instance | None:
        """Return an instance."""
        return find(self._connection, instance_id)

    def family(self, instance: Instance) -> Family:
        """Return an instance with all below it."""
        rows = self._connection.execute(
            f"SELECT {INSTANCE_COLUMNS} FROM instances WHERE parent_id = ? ORDER BY created_at",
            (instance.instance_id,),
        ).fetchall()
        return Family(instance, [self.family(read_instance(row)) for row in rows])

    def waiting(self, instance_id: str) -> list[Waiting]:
        """Return what an instance waits for, as far as the store knows: not for events."""
        return [*self._activities(instance_id), *self._timers(instance_id)]

    def steps(self, instance_id: str) -> list[Step]:
        """Return the history of the present execution, in the order in which things began."""
        return read_steps(read_events(history_texts(self._connection, instance_id)))

    def _activities(self, instance_id: str) -> Iterator[Waiting]:
        rows = self._connection.execute(
            "SELECT name, scheduled_at FROM activities WHERE instance_id = ? ORDER BY work_id",
            (instance_id,),
        )
        for name, since in rows:
            yield Waiting("activity", name, since=parse_time(since) if since else None)

    def _timers(self, instance_id: str) -> Iterator[Waiting]:
        rows = self._connection.execute(
            "SELECT fire_at FROM timers WHERE instance_id = ? ORDER BY fire_at", (instance_id,)
        )
        for (due,) in rows:
            yield Waiting("timer", "", due=parse_time(due))


@contextmanager
def inspect(path: Path) -> Iterator[Inspection]:
    """Open a state file for reading.

    Raises:
        StoreError: there is no such file, or it is none of this version.
    """
    if not path.is_file():
        raise StoreError(f"There is no state file {path}: no host has run there.")
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro",
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,
            uri=True,
        )
        with closing(connection):
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version != SCHEMA_VERSION:
                raise StoreError(
                    f"The state file {path} has version {version}; this is for {SCHEMA_VERSION}. "
                    "A start of the host brings an older one up to date."
                )
            connection.execute("BEGIN")
            yield Inspection(connection)
    except sqlite3.Error as error:
        raise StoreError(f"The state file {path} cannot be read: {error}") from error


def read_steps(history: Sequence[Event]) -> list[Step]:
    """Pair what was begun with what came of it."""
    ends = {task_id: one for one in history if (task_id := completes(one)) is not None}
    return [step for one in history if (step := _step(one, ends)) is not None]


def _step(event: Event, ends: dict[int, Event]) -> Step | None:
    kind, began = EventType(event["EventType"]), parse_time(event["Timestamp"])
    if kind in MOMENTS:
        detail = event.get("Name") or event.get("OrchestrationStatus") or event.get("Reason") or ""
        return Step(MOMENTS[kind], detail, began, began)
    if kind not in KINDS:
        return None
    name = event.get("InstanceId") or event.get("Name") or event.get("FireAt") or ""
    end = ends.get(event["EventId"])
    if end is None:
        return Step(KINDS[kind], name, began)
    outcome = OUTCOMES[EventType(end["EventType"])]
    return Step(KINDS[kind], name, began, parse_time(end["Timestamp"]), outcome)
