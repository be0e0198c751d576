"""Why single rows are rejected: every reason begins with its kind.

A model says `unknown key` or `schema: ...` in its `rejected_reason`, and Windrow's own rules for
rows speak in the same way, so that one rule sorts them all.
"""

from __future__ import annotations

from enum import StrEnum


class Rejection(StrEnum):
    """The kinds of reasons."""

    UNKNOWN_KEY = "unknown key"
    SCHEMA = "schema"
    MODEL_ERROR = "model error"
    NAN = "nan"
    OTHER = "other"


_BY_PREFIX = {kind.value: kind for kind in Rejection}


def kind_of(reason: str) -> Rejection:
    """The kind that a reason names before its first colon; `other` if it names none."""
    return _BY_PREFIX.get(reason.partition(":")[0].strip(), Rejection.OTHER)


def because(kind: Rejection, why: str) -> str:
    """A reason of a kind, as `kind_of` reads it."""
    return f"{kind.value}: {why}"
