"""The life of a job as one table: which status may follow which.

The names are Azure ML's. `Paused` and `Unknown` are missing because nothing here produces them;
`Provisioning` is in the table, but like Azure ML at present, nothing goes there: a job whose nodes
start is `Queued`.
"""

from collections.abc import Mapping
from enum import StrEnum


class Status(StrEnum):
    """Where a job is in its life."""

    NOT_STARTED = "NotStarted"
    STARTING = "Starting"
    PROVISIONING = "Provisioning"
    PREPARING = "Preparing"
    QUEUED = "Queued"
    RUNNING = "Running"
    NOT_RESPONDING = "NotResponding"
    FINALIZING = "Finalizing"
    CANCEL_REQUESTED = "CancelRequested"
    COMPLETED = "Completed"
    FAILED = "Failed"
    CANCELED = "Canceled"


_S = Status
_STOPS = frozenset({_S.FAILED, _S.CANCEL_REQUESTED})

TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    _S.NOT_STARTED: _STOPS | {_S.STARTING},
    _S.STARTING: _STOPS | {_S.PROVISIONING, _S.PREPARING},
    _S.PROVISIONING: _STOPS | {_S.PREPARING},
    _S.PREPARING: _STOPS | {_S.QUEUED},
    _S.QUEUED: _STOPS | {_S.RUNNING},
    _S.RUNNING: _STOPS | {_S.FINALIZING, _S.NOT_RESPONDING},
    _S.NOT_RESPONDING: _STOPS | {_S.RUNNING},
    _S.FINALIZING: _STOPS | {_S.COMPLETED},
    _S.CANCEL_REQUESTED: frozenset({_S.CANCELED, _S.COMPLETED, _S.FAILED}),
    _S.COMPLETED: frozenset(),
    _S.FAILED: frozenset(),
    _S.CANCELED: frozenset(),
}

ENDED = frozenset(status for status, targets in TRANSITIONS.items() if not targets)
# What a job needs a node for. A node lost in one of these takes the job with it.
ON_NODE = frozenset({_S.RUNNING, _S.NOT_RESPONDING, _S.FINALIZING})
# A job in one of these was accepted, but its deployment was not read yet.
UNPREPARED = frozenset({_S.NOT_STARTED, _S.STARTING, _S.PROVISIONING, _S.PREPARING})


def allows(source: Status, target: Status) -> bool:
    """Say whether a job in ``source`` may go to ``target``."""
    return target in TRANSITIONS[source]
