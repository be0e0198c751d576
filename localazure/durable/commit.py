"""Writes the outcome of a turn into the tables: the one large transaction of the store."""

import sqlite3
from datetime import datetime

from localazure.durable import events
from localazure.durable.events import Event, wire_time
from localazure.durable.model import (
    ActivityWork,
    ContinueAs,
    Effects,
    Instance,
    NewInstance,
    Outcome,
    Status,
)
from localazure.durable.rows import INSTANCE_COLUMNS, write_event, write_instance
from localazure.durable.wire import new_execution_id

INSTANCE_MARKS = ", ".join("?" * len(INSTANCE_COLUMNS.split(",")))


def send(connection: sqlite3.Connection, instance_id: str, event: Event) -> None:
    """Put an event on its way."""
    connection.execute(
        "INSERT INTO messages (instance_id, event) VALUES (?, ?)",
        (instance_id, write_event(event)),
    )


def add_instance(connection: sqlite3.Connection, new: NewInstance, now: datetime) -> Instance:
    """Add an instance with its first message; what an ended one of that id left is removed."""
    forget_execution(connection, new.instance_id)
    moment = wire_time(now)
    instance = Instance(
        instance_id=new.instance_id,
        execution_id=new_execution_id(),
        name=new.name,
        version=new.version,
        input=new.input,
        status=Status.PENDING,
        custom_status=None,
        output=None,
        created_at=moment,
        updated_at=moment,
        parent=new.parent,
    )
    connection.execute(
        f"INSERT OR REPLACE INTO instances ({INSTANCE_COLUMNS}) VALUES ({INSTANCE_MARKS})",
        write_instance(instance),
    )
    send(connection, instance.instance_id, start_event(instance, now))
    return instance


def start_event(instance: Instance, now: datetime) -> Event:
    """Return the event that begins an execution."""
    parent = None
    if instance.parent is not None:
        parent = {
            "Name": instance.parent.name,
            "TaskScheduleId": instance.parent.task_id,
            "OrchestrationInstance": {
                "InstanceId": instance.parent.instance_id,
                "ExecutionId": instance.parent.execution_id,
            },
        }
    return events.execution_started(
        now,
        name=instance.name,
        version=instance.version,
        input_json=instance.input,
        instance_id=instance.instance_id,
        execution_id=instance.execution_id,
        parent=parent,
    )


def forget_execution(connection: sqlite3.Connection, instance_id: str) -> None:
    """Remove everything that belongs to an instance's current execution."""
    for table in ("history", "messages", "activities", "timers"):
        connection.execute(f"DELETE FROM {table} WHERE instance_id = ?", (instance_id,))


def apply_outcome(connection: sqlite3.Connection, outcome: Outcome) -> Effects:
    """Write an outcome; the caller's transaction makes it whole."""
    instance_id = outcome.instance.instance_id
    connection.executemany(
        "DELETE FROM messages WHERE message_id = ?", [(one,) for one in outcome.consumed]
    )
    _append_history(connection, outcome)
    _update_instance(connection, outcome)
    ready = _start_children(connection, outcome)
    if outcome.to_parent is not None and _tell_parent(connection, outcome):
        ready.append(outcome.instance.parent.instance_id)  # type: ignore[union-attr]
    if outcome.continue_as is not None:
        _continue(connection, outcome, outcome.continue_as)
        ready.append(instance_id)
    if outcome.status.ended:
        for table in ("messages", "activities", "timers"):
            connection.execute(f"DELETE FROM {table} WHERE instance_id = ?", (instance_id,))
    return Effects(ready, _add_activities(connection, outcome), _add_timers(connection, outcome))


def _append_history(connection: sqlite3.Connection, outcome: Outcome) -> None:
    instance_id = outcome.instance.instance_id
    row = connection.execute(
        "SELECT MAX(seq) FROM history WHERE instance_id = ?", (instance_id,)
    ).fetchone()
    first = 0 if row[0] is None else row[0] + 1
    connection.executemany(
        "INSERT INTO history (instance_id, seq, event) VALUES (?, ?, ?)",
        [
            (instance_id, first + place, write_event(event))
            for place, event in enumerate(outcome.history)
        ],
    )


def _update_instance(connection: sqlite3.Connection, outcome: Outcome) -> None:
    connection.execute(
        "UPDATE instances SET status = ?, custom_status = ?, output = ?, updated_at = ? "
        "WHERE instance_id = ?",
        (
            str(outcome.status),
            outcome.custom_status,
            outcome.output,
            wire_time(outcome.now),
            outcome.instance.instance_id,
        ),
    )


def _start_children(connection: sqlite3.Connection, outcome: Outcome) -> list[str]:
    ready = []
    for child in outcome.children:
        row = connection.execute(
            "SELECT status FROM instances WHERE instance_id = ?", (child.instance_id,)
        ).fetchone()
        if row is None or Status(row[0]).ended:
            add_instance(connection, child, outcome.now)
            ready.append(child.instance_id)
        elif child.parent is not None:
            reason = f"An Orchestration instance with the status {row[0]} already exists."
            refusal = events.sub_orchestration_failed(
                outcome.now, child.parent.task_id, reason, f"instanceId: {child.instance_id}"
            )
            send(connection, outcome.instance.instance_id, refusal)
            ready.append(outcome.instance.instance_id)
    return ready


def _tell_parent(connection: sqlite3.Connection, outcome: Outcome) -> bool:
    parent = outcome.instance.parent
    if parent is None or outcome.to_parent is None:
        return False
    row = connection.execute(
        "SELECT status FROM instances WHERE instance_id = ? AND execution_id = ?",
        (parent.instance_id, parent.execution_id),
    ).fetchone()
    if row is None or Status(row[0]).ended:
        return False
    send(connection, parent.instance_id, outcome.to_parent)
    return True


def _continue(connection: sqlite3.Connection, outcome: Outcome, following: ContinueAs) -> None:
    me = outcome.instance
    connection.execute("DELETE FROM history WHERE instance_id = ?", (me.instance_id,))
    connection.execute(
        "UPDATE instances SET execution_id = ?, input = ?, created_at = ? WHERE instance_id = ?",
        (following.execution_id, following.input, wire_time(outcome.now), me.instance_id),
    )
    started = events.execution_started(
        outcome.now,
        name=me.name,
        version=me.version,
        input_json=following.input,
        instance_id=me.instance_id,
        execution_id=following.execution_id,
        parent=start_event(me, outcome.now)["ParentInstance"],
    )
    for event in (started, *following.carried):
        send(connection, me.instance_id, event)


def _add_activities(connection: sqlite3.Connection, outcome: Outcome) -> list[ActivityWork]:
    instance_id = outcome.instance.instance_id
    work = []
    for one in outcome.activities:
        cursor = connection.execute(
            "INSERT INTO activities (instance_id, task_id, name, input, scheduled_at) "
            "VALUES (?, ?, ?, ?, ?)",
            (instance_id, one.task_id, one.name, one.input, wire_time(outcome.now)),
        )
        work.append(
            ActivityWork(cursor.lastrowid or 0, instance_id, one.task_id, one.name, one.input)
        )
    return work


def _add_timers(connection: sqlite3.Connection, outcome: Outcome) -> datetime | None:
    instance_id = outcome.instance.instance_id
    connection.executemany(
        "INSERT INTO timers (instance_id, task_id, fire_at) VALUES (?, ?, ?)",
        [(instance_id, one.task_id, wire_time(one.fire_at)) for one in outcome.timers],
    )
    connection.executemany(
        "DELETE FROM timers WHERE instance_id = ? AND task_id = ?",
        [(instance_id, task_id) for task_id in outcome.cancelled_timers],
    )
    return min((one.fire_at for one in outcome.timers), default=None)
