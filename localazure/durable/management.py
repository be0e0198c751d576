"""What a durable client can ask for: start, signal, terminate, suspend, resume, rewind, ...

The HTTP API is a translation of these calls; they stand apart from it so that tests and tools can
use them without a server.
"""

import re
import uuid

from localazure.durable import events
from localazure.durable.engine import Engine
from localazure.durable.errors import (
    InstanceExistsError,
    InstanceNotEndedError,
    InstanceNotFoundError,
    InvalidInstanceIdError,
)
from localazure.durable.events import Event, utc_now
from localazure.durable.model import Instance, InstanceQuery, NewInstance

LONGEST_INSTANCE_ID = 256
FORBIDDEN_IN_INSTANCE_ID = re.compile(r"[/\\#?\x00-\x1f\x7f-\x9f]")


class Management:
    """The operations of a durable client on one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._store = engine.store

    def start(
        self, name: str, instance_id: str | None = None, *, input_json: str | None, version: str
    ) -> str:
        """Start an instance and return its id; an ended one of that id begins anew."""
        self._engine.functions.catalog.require_orchestrator(name)
        chosen = instance_id or uuid.uuid4().hex
        check_instance_id(chosen)
        self._store.create(NewInstance(chosen, name, input_json, version), utc_now())
        self._engine.wake(chosen)
        return chosen

    def get(self, instance_id: str) -> Instance:
        """Return an instance; raise InstanceNotFoundError."""
        found = self._store.get(instance_id)
        if found is None:
            raise InstanceNotFoundError(instance_id)
        return found

    def query(self, query: InstanceQuery) -> list[Instance]:
        """Return the instances that fit a filter."""
        return self._store.query(query)

    def history(self, instance_id: str) -> list[Event]:
        """Return an instance's history."""
        return self._store.history(instance_id)

    def raise_event(self, instance_id: str, name: str, data_json: str) -> bool:
        """Send an external event; say whether the instance is still alive."""
        return self._send(instance_id, events.event_raised(utc_now(), name, data_json))

    def terminate(self, instance_id: str, reason: str | None) -> bool:
        """End an instance; say whether it was still alive."""
        return self._send(instance_id, events.execution_terminated(utc_now(), reason))

    def suspend(self, instance_id: str, reason: str | None) -> bool:
        """Make an instance stand still; say whether it was still alive."""
        return self._send(instance_id, events.execution_suspended(utc_now(), reason))

    def resume(self, instance_id: str, reason: str | None) -> bool:
        """Let a suspended instance go on; say whether it was still alive."""
        return self._send(instance_id, events.execution_resumed(utc_now(), reason))

    def rewind(self, instance_id: str, reason: str | None) -> None:
        """Take a failed instance back to before its failure, and let it go on from there."""
        self._engine.follow(self._store.rewind(instance_id, reason, utc_now()))

    def restart(self, instance_id: str, *, new_id: bool) -> str:
        """Start an instance again with its first input; return the id it runs under."""
        found = self.get(instance_id)
        chosen = uuid.uuid4().hex if new_id else instance_id
        if not new_id and not found.status.ended:
            raise InstanceExistsError(instance_id, found.status)
        return self.start(found.name, chosen, input_json=found.input, version=found.version)

    def purge(self, instance_id: str) -> None:
        """Forget an ended instance."""
        found = self.get(instance_id)
        if not found.status.ended:
            raise InstanceNotEndedError(instance_id, found.status)
        self._store.purge(instance_id)

    def purge_all(self, query: InstanceQuery) -> int:
        """Forget the ended instances that fit a filter; return how many."""
        return sum(
            self._store.purge(one.instance_id)
            for one in self._store.query(query)
            if one.status.ended
        )

    def _send(self, instance_id: str, event: Event) -> bool:
        self.get(instance_id)
        alive = self._store.post(instance_id, event)
        if alive:
            self._engine.wake(instance_id)
        return alive


def check_instance_id(instance_id: str) -> None:
    """Raise InvalidInstanceIdError for an id that Azure would refuse."""
    if instance_id.startswith(("@", ".")):
        raise InvalidInstanceIdError(instance_id, "not start with '@' or '.'")
    if not 1 <= len(instance_id) <= LONGEST_INSTANCE_ID:
        rule = f"have 1 to {LONGEST_INSTANCE_ID} characters"
        raise InvalidInstanceIdError(instance_id, rule)
    if FORBIDDEN_IN_INSTANCE_ID.search(instance_id):
        raise InvalidInstanceIdError(instance_id, "not contain / \\ # ? or control characters")
