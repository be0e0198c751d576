"""How a deployment can end early.

DeployError          something was refused, failed, or does not answer: exit code 1
├── UsageError       what was asked for makes no sense; nothing was started: exit code 2
│   └── InputError   files or settings break rules, all told at once
├── NotThereError    the service has no such thing
└── SmokeError       the smoke job did not prove the deployment
"""

from __future__ import annotations

from collections.abc import Sequence


class DeployError(Exception):
    """The tool cannot go on; the message is one line for the person at the terminal."""


class UsageError(DeployError):
    """The command line, or what it names, is wrong; nothing was started."""


class InputError(UsageError):
    """Every rule that the files or settings break, a line each."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


class NotThereError(DeployError):
    """The service answers that there is no such thing; often that is just what was asked."""


class SmokeError(DeployError):
    """A deployment is there, but is not proven; the default stays as it was."""

    def __init__(self, deployment: str, reason: str, logs: str | None = None) -> None:
        where = f"; logs: {logs}" if logs and logs not in reason else ""
        super().__init__(f"the smoke job of deployment {deployment!r} failed: {reason}{where}")
