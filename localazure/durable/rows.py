"""Between rows and records: the only place that knows the order of the columns."""

import json
from collections.abc import Iterable
from typing import Any

from localazure.durable.events import Event, wire_time
from localazure.durable.model import Instance, InstanceQuery, Parent, Status

INSTANCE_COLUMNS = (
    "instance_id, execution_id, name, version, input, status, custom_status, output, "
    "created_at, updated_at, parent_id, parent_execution_id, parent_task_id, parent_name"
)


def read_instance(row: tuple[Any, ...]) -> Instance:
    """Read a row of INSTANCE_COLUMNS."""
    parent = Parent(row[10], row[11], row[12], row[13]) if row[10] is not None else None
    return Instance(
        instance_id=row[0],
        execution_id=row[1],
        name=row[2],
        version=row[3],
        input=row[4],
        status=Status(row[5]),
        custom_status=row[6],
        output=row[7],
        created_at=row[8],
        updated_at=row[9],
        parent=parent,
    )


def write_instance(one: Instance) -> tuple[Any, ...]:
    """Write a row of INSTANCE_COLUMNS."""
    parent = one.parent
    tail: tuple[Any, ...] = (None, None, None, None)
    if parent is not None:
        tail = (parent.instance_id, parent.execution_id, parent.task_id, parent.name)
    return (
        one.instance_id,
        one.execution_id,
        one.name,
        one.version,
        one.input,
        str(one.status),
        one.custom_status,
        one.output,
        one.created_at,
        one.updated_at,
        *tail,
    )


def read_events(texts: Iterable[str]) -> list[Event]:
    """Read many events at once; one call of the parser costs less than one per event."""
    events: list[Event] = json.loads("[" + ",".join(texts) + "]")
    return events


def write_event(event: Event) -> str:
    """Write one event."""
    return json.dumps(event, separators=(",", ":"))


def where(query: InstanceQuery) -> tuple[str, list[Any]]:
    """Turn a filter into a condition and its parameters."""
    terms: list[str] = ["1"]
    values: list[Any] = []
    if query.statuses:
        terms.append(f"status IN ({', '.join('?' * len(query.statuses))})")
        values.extend(query.statuses)
    if query.created_from is not None:
        terms.append("created_at >= ?")
        values.append(wire_time(query.created_from))
    if query.created_to is not None:
        terms.append("created_at <= ?")
        values.append(wire_time(query.created_to))
    if query.prefix:
        terms.append("substr(instance_id, 1, ?) = ?")
        values.extend([len(query.prefix), query.prefix])
    if query.after is not None:
        terms.append("instance_id > ?")
        values.append(query.after)
    return " AND ".join(terms), values
