"""What can go wrong while the local cloud starts or runs, as one tree.

LocalAzureError
 +-- ConfigurationError   the configuration file does not say what it should
 +-- StateInUseError      another process runs on the same state folder
 +-- PortInUseError       a port that was asked for is taken
 +-- InstallError         Azurite could not be installed
 +-- NotReadyError        a part started but never answered
 +-- ChildEndedError      a process that should have stayed ended by itself

The command line prints these as one message; anything else is a bug and keeps its traceback.
"""

from collections.abc import Sequence
from pathlib import Path


class LocalAzureError(Exception):
    """Base of all errors that a user of the local cloud can act on."""


class ConfigurationError(LocalAzureError):
    """The configuration is wrong; ``problems`` holds one sentence per wrong field."""

    def __init__(self, source: str, problems: Sequence[str]) -> None:
        self.source = source
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{source}: {problem}" for problem in problems))


class StateInUseError(LocalAzureError):
    """Another process holds the state folder."""

    def __init__(self, folder: Path, pid: int | None) -> None:
        self.pid = pid
        owner = f"process {pid}" if pid else "another process"
        super().__init__(
            f"{folder} is in use by {owner}: stop it first, or give this one a folder of its own "
            "with --state"
        )


class PortInUseError(LocalAzureError):
    """A port that the user asked for is taken."""

    def __init__(self, name: str, port: int) -> None:
        super().__init__(f"port {port} for {name} is taken: free it, or choose another one")


class InstallError(LocalAzureError):
    """npm failed; ``output`` is the end of what it said."""

    def __init__(self, what: str, output: str) -> None:
        super().__init__(f"{what} could not be installed; npm said:\n{output}")


class NotReadyError(LocalAzureError):
    """A part of the local cloud did not answer in time."""

    def __init__(self, name: str, timeout_s: float, tail: str) -> None:
        super().__init__(f"{name} did not answer within {timeout_s:g} s; its last words:\n{tail}")


class ChildEndedError(LocalAzureError):
    """A process of the local cloud ended by itself."""

    def __init__(self, name: str, exit_code: int, tail: str) -> None:
        self.name = name
        self.exit_code = exit_code
        super().__init__(f"{name} ended with exit code {exit_code}; its last words:\n{tail}")
