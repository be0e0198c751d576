"""How a simulation can end early.

SimulateError           something did not work on the way: exit code 1
├── UsageError          what was asked for cannot be done; nothing was sent: exit code 2
│   └── PlanError       a field of the plan breaks a rule
├── UnreachableError    nothing answers, or nobody says who we are
└── RefusedError        the service answers, and will not take what is sent
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulate.tally import Summary


class SimulateError(Exception):
    """The simulation cannot go on; the message is one line for the person at the terminal.

    `summary` tells what had been sent until then, if anything had been tried.
    """

    summary: Summary | None = None


class UsageError(SimulateError):
    """The command line is wrong."""


class PlanError(UsageError):
    """A field of the plan breaks a rule."""

    def __init__(self, field: str, rule: str, value: object) -> None:
        super().__init__(f"`{field}` must {rule}; got {value}")
        self.field = field
        self.rule = rule
        self.value = value


class UnreachableError(SimulateError):
    """The service, or the identity that it asks for, cannot be reached."""


class RefusedError(SimulateError):
    """The service refused a request in a way that trying again does not change."""

    def __init__(self, status: int, hub: str, reason: str) -> None:
        super().__init__(f"hub {hub!r} refused a request with {status}: {reason}")
        self.status = status
