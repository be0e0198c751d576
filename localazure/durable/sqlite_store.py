"""The store on SQLite: each public method is one transaction of `database`."""

from datetime import datetime
from pathlib import Path

from localazure.durable import events
from localazure.durable.commit import add_instance, apply_outcome, send
from localazure.durable.database import BUSY_TIMEOUT_S, Database
from localazure.durable.errors import (
    InstanceExistsError,
    InstanceNotFailedError,
    InstanceNotFoundError,
)
from localazure.durable.events import CONTROL_TYPES, Event, parse_time, wire_time
from localazure.durable.model import (
    ActivityWork,
    Effects,
    Instance,
    InstanceQuery,
    Message,
    NewInstance,
    Outcome,
    Status,
    Turn,
)
from localazure.durable.queries import find, history_texts
from localazure.durable.rewinding import rewind_instance
from localazure.durable.rows import INSTANCE_COLUMNS, read_events, read_instance, where

TABLES_OF_AN_INSTANCE = ("instances", "history", "messages", "activities", "timers")


class SqliteStore:
    """Implements `ports.Store`."""

    def __init__(self, path: Path, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
        self._database = Database(path, busy_timeout_s=busy_timeout_s)

    @property
    def moved_to(self) -> Path | None:
        """Where the file that was found is now, if it was damaged; the store began empty then."""
        return self._database.moved_to

    def create(self, new: NewInstance, now: datetime) -> Instance:
        """Add an instance, replacing an ended one; raise InstanceExistsError on a live one."""
        with self._database.write() as connection:
            found = find(connection, new.instance_id)
            if found is not None and not found.status.ended:
                raise InstanceExistsError(new.instance_id, found.status)
            return add_instance(connection, new, now)

    def get(self, instance_id: str) -> Instance | None:
        """Return an instance."""
        with self._database.read() as connection:
            return find(connection, instance_id)

    def query(self, query: InstanceQuery) -> list[Instance]:
        """Return instances in the order of their ids."""
        condition, values = where(query)
        limit = -1 if query.top is None else query.top
        with self._database.read() as connection:
            rows = connection.execute(
                f"SELECT {INSTANCE_COLUMNS} FROM instances WHERE {condition} "
                "ORDER BY instance_id LIMIT ?",
                (*values, limit),
            ).fetchall()
        return [read_instance(row) for row in rows]

    def history(self, instance_id: str) -> list[Event]:
        """Return the history of the current execution."""
        with self._database.read() as connection:
            texts = history_texts(connection, instance_id)
        return read_events(texts)

    def post(self, instance_id: str, event: Event) -> bool:
        """Send an event to a live instance; say whether there was one."""
        with self._database.write() as connection:
            found = find(connection, instance_id)
            if found is None or found.status.ended:
                return False
            send(connection, instance_id, event)
            return True

    def load_turn(self, instance_id: str, now: datetime) -> Turn | None:
        """Return what the next turn needs, or nothing when no message waits."""
        with self._database.read() as connection:
            found = find(connection, instance_id)
            rows = connection.execute(
                "SELECT message_id, event FROM messages WHERE instance_id = ? ORDER BY message_id",
                (instance_id,),
            ).fetchall()
            if found is None or found.status.ended or not rows:
                return None
            texts = history_texts(connection, instance_id)
        taken = read_events(row[1] for row in rows)
        messages = [Message(row[0], event) for row, event in zip(rows, taken, strict=True)]
        control = any(one.event["EventType"] in CONTROL_TYPES for one in messages)
        if found.status is Status.SUSPENDED and not control:
            return None
        return Turn(found, read_events(texts), messages, now)

    def commit_turn(self, outcome: Outcome) -> Effects:
        """Make a turn's outcome true."""
        with self._database.write() as connection:
            return apply_outcome(connection, outcome)

    def complete_activity(self, work_id: int, event: Event) -> str | None:
        """Turn a piece of work into a message; return the instance, if it still waits for it."""
        with self._database.write() as connection:
            row = connection.execute(
                "DELETE FROM activities WHERE work_id = ? RETURNING instance_id", (work_id,)
            ).fetchone()
            if row is None:
                return None
            send(connection, row[0], event)
            return str(row[0])

    def fire_timers(self, now: datetime) -> list[str]:
        """Turn due timers into messages; return the instances to wake."""
        with self._database.write() as connection:
            due = connection.execute(
                "DELETE FROM timers WHERE fire_at <= ? RETURNING instance_id, task_id, fire_at",
                (wire_time(now),),
            ).fetchall()
            for instance_id, task_id, fire_at in sorted(due, key=lambda row: str(row[2])):
                send(connection, instance_id, events.timer_fired(now, task_id, fire_at))
        return [str(row[0]) for row in due]

    def next_timer(self) -> datetime | None:
        """Return when the next timer is due."""
        with self._database.read() as connection:
            row = connection.execute("SELECT MIN(fire_at) FROM timers").fetchone()
        return None if row[0] is None else parse_time(row[0])

    def unfinished(self) -> Effects:
        """Return all that waits: for the start of an engine on an old store."""
        with self._database.read() as connection:
            ready = connection.execute("SELECT DISTINCT instance_id FROM messages").fetchall()
            work = connection.execute(
                "SELECT work_id, instance_id, task_id, name, input FROM activities ORDER BY work_id"
            ).fetchall()
        return Effects([str(row[0]) for row in ready], [ActivityWork(*row) for row in work])

    def rewind(self, instance_id: str, reason: str | None, now: datetime) -> Effects:
        """Take a failed instance back to before its failure.

        Raises:
            InstanceNotFoundError, InstanceNotFailedError: there is no failed instance of this id.
        """
        with self._database.write() as connection:
            found = find(connection, instance_id)
            if found is None:
                raise InstanceNotFoundError(instance_id)
            if found.status is not Status.FAILED:
                raise InstanceNotFailedError(found.status)
            return rewind_instance(connection, found, reason, now)

    def purge(self, instance_id: str) -> bool:
        """Forget an ended instance; say whether there was one."""
        with self._database.write() as connection:
            found = find(connection, instance_id)
            if found is None or not found.status.ended:
                return False
            for table in TABLES_OF_AN_INSTANCE:
                connection.execute(f"DELETE FROM {table} WHERE instance_id = ?", (instance_id,))
            return True

    def close(self) -> None:
        """Let go of the store."""
        self._database.close()
