"""Writes a planned rewind into the tables, of an instance and of the children that failed it."""

import sqlite3
from datetime import datetime

from localazure.durable import events
from localazure.durable.commit import send
from localazure.durable.events import Event, parse_time, wire_time
from localazure.durable.model import Effects, Instance, Parent, Status
from localazure.durable.queries import find, history_texts
from localazure.durable.rewind import plan_rewind
from localazure.durable.rows import read_events


def rewind_instance(
    connection: sqlite3.Connection, instance: Instance, reason: str | None, now: datetime
) -> Effects:
    """Take a failed instance back to before its failure; the caller's transaction makes it whole.

    A child that failed goes back as well, keeping what it has done; one that is gone, or was
    terminated, is started again.
    """
    plan = plan_rewind(read_events(history_texts(connection, instance.instance_id)))
    connection.execute(
        "DELETE FROM history WHERE instance_id = ? AND seq >= ?",
        (instance.instance_id, len(plan.kept)),
    )
    connection.execute(
        "UPDATE instances SET status = ?, output = NULL, updated_at = ? WHERE instance_id = ?",
        (str(Status.RUNNING), wire_time(now), instance.instance_id),
    )
    connection.executemany(
        "INSERT INTO timers (instance_id, task_id, fire_at) VALUES (?, ?, ?)",
        [(instance.instance_id, one["EventId"], one["FireAt"]) for one in plan.timers],
    )
    ready = [instance.instance_id]
    due = [parse_time(one["FireAt"]) for one in plan.timers]
    again = [one["EventId"] for one in plan.activities]
    for created in plan.children:
        child = _failed_child(connection, instance, created)
        if child is None:
            again.append(created["EventId"])
            continue
        effects = rewind_instance(connection, child, reason, now)
        ready.extend(effects.ready)
        due.extend([effects.earliest_timer] if effects.earliest_timer else [])
    for event in (*plan.delivered, events.execution_rewound(now, reason, again)):
        send(connection, instance.instance_id, event)
    return Effects(ready, earliest_timer=min(due, default=None))


def _failed_child(
    connection: sqlite3.Connection, parent: Instance, created: Event
) -> Instance | None:
    child = find(connection, created["InstanceId"])
    link = Parent(parent.instance_id, parent.execution_id, created["EventId"], parent.name)
    return child if child and child.status is Status.FAILED and child.parent == link else None
