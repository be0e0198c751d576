"""Everything the engine refuses, as one tree.

DurableError
|- InstanceExistsError        an instance with this id has not ended yet
|- InstanceNotFoundError      no instance has this id
|- InstanceNotEndedError      only an ended instance can be purged
|- InstanceNotFailedError     only a failed instance can be rewound
|- InvalidInstanceIdError     an instance id that Azure would not take
|- UnknownFunctionError       no orchestrator or activity has this name
|- UnsupportedFeatureError    a part of the SDK that is not imitated here
|- NonDeterminismError        the orchestrator's code no longer fits its history
|- StoreError                 the state file cannot be used
"""

from collections.abc import Iterable


class DurableError(Exception):
    """The root of the tree."""


class InstanceExistsError(DurableError):
    """A start that names an instance which is still alive."""

    def __init__(self, instance_id: str, status: str) -> None:
        self.instance_id = instance_id
        super().__init__(f"An Orchestration instance with the status {status} already exists.")


class InstanceNotFoundError(DurableError):
    """An operation on an instance that is not in the store."""

    def __init__(self, instance_id: str) -> None:
        super().__init__(f"No instance with ID '{instance_id}' found.")


class InstanceNotEndedError(DurableError):
    """A purge of an instance that is still alive."""

    def __init__(self, instance_id: str, status: str) -> None:
        super().__init__(
            "Only orchestrations in a terminal state can be purged, but the orchestration with "
            f"instance ID {instance_id} has status {status}"
        )


class InstanceNotFailedError(DurableError):
    """A rewind of an instance that has not failed."""

    def __init__(self, status: str) -> None:
        super().__init__(
            f'This orchestration has status {status}, but only orchestrations in the "Failed" '
            "state can be rewound."
        )


class InvalidInstanceIdError(DurableError):
    """An instance id that Azure's storage or routing would not take."""

    def __init__(self, instance_id: str, rule: str) -> None:
        super().__init__(f"`instanceId` must {rule}; got {instance_id!r}")


class UnknownFunctionError(DurableError):
    """A call of a function that the app does not have."""

    def __init__(self, name: str, kind: str, known: Iterable[str]) -> None:
        names = ", ".join(f"'{one}'" for one in sorted(known)) or "none"
        super().__init__(
            f"The function '{name}' doesn't exist, is disabled, or is not an {kind} function. "
            f"Additional info: The following are the known {kind} functions: {names}."
        )


class UnsupportedFeatureError(DurableError):
    """An SDK feature that this engine does not imitate."""

    def __init__(self, feature: str) -> None:
        self.feature = feature
        super().__init__(f"{feature} is not imitated by localazure; it works in Azure only.")


class NonDeterminismError(DurableError):
    """The orchestrator asks for something else than its history says."""

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(
            f"Non-Deterministic workflow detected: the history expects {expected}, "
            f"but the orchestrator now asks for {found}."
        )


class StoreError(DurableError):
    """The state file is missing, broken, locked or of another version."""
