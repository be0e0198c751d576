"""What keeps events from coming. None of it stops the host: it goes on, and tries again.

SourceError
|- SourceAwayError       nobody answers, which may pass by itself
|- SourceRefusedError    a setting, a name or a permission is wrong
"""


class SourceError(Exception):
    """The root of the tree."""


class SourceAwayError(SourceError):
    """A namespace that does not answer."""


class SourceRefusedError(SourceError):
    """A namespace that cannot be asked for these events as things are."""
