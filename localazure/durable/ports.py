"""The two doors of the engine: where it keeps its state, and where functions are run."""

from collections.abc import Iterable
from concurrent.futures import Future
from datetime import datetime
from typing import Protocol

from localazure.durable.errors import UnknownFunctionError
from localazure.durable.events import Event
from localazure.durable.model import (
    ActivityWork,
    Effects,
    Instance,
    InstanceQuery,
    NewInstance,
    Outcome,
    Turn,
)


class Catalog:
    """The names that the app offers; like Azure, it does not mind upper and lower case."""

    def __init__(self, orchestrators: Iterable[str], activities: Iterable[str]) -> None:
        self._orchestrators = {name.casefold(): name for name in orchestrators}
        self._activities = {name.casefold(): name for name in activities}

    def require_orchestrator(self, name: str) -> None:
        """Raise UnknownFunctionError unless the app has this orchestrator."""
        _require(name, "orchestrator", self._orchestrators)

    def require_activity(self, name: str) -> None:
        """Raise UnknownFunctionError unless the app has this activity."""
        _require(name, "activity", self._activities)


def _require(name: str, kind: str, known: dict[str, str]) -> None:
    if name.casefold() not in known:
        raise UnknownFunctionError(name, kind, known.values())


class DurableFunctions(Protocol):
    """Runs the app's functions for the engine."""

    @property
    def catalog(self) -> Catalog:
        """The names that can be called."""

    def run_orchestrator(self, name: str, context_json: str) -> str:
        """Run one turn of the SDK and return its JSON; raise what it raises."""

    def start_activity(self, work: ActivityWork) -> "Future[str]":
        """Start an activity; the future holds its result as JSON text, or its exception."""

    def instance_ended(self, outcome: Outcome) -> None:
        """Take note that an instance has ended."""


class Store(Protocol):
    """Keeps instances, histories, messages and work; each call is one transaction."""

    def create(self, new: NewInstance, now: datetime) -> Instance:
        """Add an instance, replacing an ended one; raise InstanceExistsError on a live one."""

    def get(self, instance_id: str) -> Instance | None:
        """Return an instance."""

    def query(self, query: InstanceQuery) -> list[Instance]:
        """Return instances in the order of their ids."""

    def history(self, instance_id: str) -> list[Event]:
        """Return the history of the current execution."""

    def post(self, instance_id: str, event: Event) -> bool:
        """Send an event to a live instance; say whether there was one."""

    def load_turn(self, instance_id: str, now: datetime) -> Turn | None:
        """Return what the next turn needs, or nothing when no message waits."""

    def commit_turn(self, outcome: Outcome) -> Effects:
        """Make a turn's outcome true."""

    def complete_activity(self, work_id: int, event: Event) -> str | None:
        """Turn a piece of work into a message; return the instance, if it still waits for it."""

    def fire_timers(self, now: datetime) -> list[str]:
        """Turn due timers into messages; return the instances to wake."""

    def next_timer(self) -> datetime | None:
        """Return when the next timer is due."""

    def unfinished(self) -> Effects:
        """Return all that waits: for the start of an engine on an old store."""

    def rewind(self, instance_id: str, reason: str | None, now: datetime) -> Effects:
        """Take a failed instance back to before its failure; raise if there is none."""

    def purge(self, instance_id: str) -> bool:
        """Forget an ended instance; say whether there was one."""

    def close(self) -> None:
        """Let go of the store."""
