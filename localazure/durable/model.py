"""The records that the engine's parts hand to one another."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from localazure.durable.events import Event


class Status(StrEnum):
    """An instance's runtime status, spelled as the HTTP API spells it."""

    PENDING = "Pending"
    RUNNING = "Running"
    SUSPENDED = "Suspended"
    COMPLETED = "Completed"
    FAILED = "Failed"
    TERMINATED = "Terminated"

    @property
    def ended(self) -> bool:
        """Say whether no turn will follow."""
        return self in (Status.COMPLETED, Status.FAILED, Status.TERMINATED)


@dataclass(frozen=True)
class Parent:
    """Where an instance's result goes."""

    instance_id: str
    execution_id: str
    task_id: int
    name: str


@dataclass(frozen=True)
class Instance:
    """What the store knows of an instance; `input`, `output`, `custom_status` are JSON texts."""

    instance_id: str
    execution_id: str
    name: str
    version: str
    input: str | None
    status: Status
    custom_status: str | None
    output: str | None
    created_at: str
    updated_at: str
    parent: Parent | None


@dataclass(frozen=True)
class NewInstance:
    """A request to start an instance."""

    instance_id: str
    name: str
    input: str | None = None
    version: str = ""
    parent: Parent | None = None


@dataclass(frozen=True)
class Message:
    """An event on its way to an instance."""

    message_id: int
    event: Event


@dataclass(frozen=True)
class Turn:
    """All that an orchestrator turn depends on."""

    instance: Instance
    history: list[Event]
    messages: list[Message]
    now: datetime


@dataclass(frozen=True)
class ScheduleActivity:
    """Run an activity; `input` is JSON as text."""

    task_id: int
    name: str
    input: str | None


@dataclass(frozen=True)
class ScheduleTimer:
    """Wake the instance at a time."""

    task_id: int
    fire_at: datetime


@dataclass(frozen=True)
class ContinueAs:
    """The next execution of the same instance."""

    execution_id: str
    input: str
    carried: Sequence[Event]


@dataclass
class Outcome:
    """What one turn changes, committed as a whole or not at all."""

    instance: Instance
    status: Status
    custom_status: str | None
    now: datetime
    output: str | None = None
    consumed: list[int] = field(default_factory=list)
    history: list[Event] = field(default_factory=list)
    activities: list[ScheduleActivity] = field(default_factory=list)
    timers: list[ScheduleTimer] = field(default_factory=list)
    cancelled_timers: list[int] = field(default_factory=list)
    children: list[NewInstance] = field(default_factory=list)
    to_parent: Event | None = None
    continue_as: ContinueAs | None = None


@dataclass(frozen=True)
class ActivityWork:
    """An activity that waits to run, or runs."""

    work_id: int
    instance_id: str
    task_id: int
    name: str
    input: str | None


@dataclass(frozen=True)
class Effects:
    """What a commit asks the engine to do next."""

    ready: Sequence[str] = ()
    activities: Sequence[ActivityWork] = ()
    earliest_timer: datetime | None = None


@dataclass(frozen=True)
class InstanceQuery:
    """A filter over instances; `after` is the last instance id of the page before."""

    statuses: Sequence[str] = ()
    created_from: datetime | None = None
    created_to: datetime | None = None
    prefix: str = ""
    top: int | None = None
    after: str | None = None
