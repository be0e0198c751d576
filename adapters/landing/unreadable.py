"""The error inside this package for bytes that are not what they should be. It never gets out."""

from __future__ import annotations


class UnreadableError(Exception):
    """What is wrong, as the end of a sentence that names the part."""
