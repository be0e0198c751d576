"""What keeps a host from starting, each with a sentence for the person who started it.

HostError
|- SettingsError       host.json or local.settings.json is wrong
|- AppLoadError        function_app.py is missing, fails, or holds no app
|- BadFunctionError    one function cannot be hosted as declared
|- StateInUseError     another host runs on the same state folder
"""


class HostError(Exception):
    """The root of the tree."""


class SettingsError(HostError):
    """A settings file that cannot be used."""


class AppLoadError(HostError):
    """An app folder that does not import."""


class BadFunctionError(HostError):
    """A function whose declaration is wrong."""

    def __init__(self, function: str, rule: str) -> None:
        super().__init__(f"Function '{function}': {rule}")


class StateInUseError(HostError):
    """A state folder that belongs to a running host."""
