"""The names in an aggregation's SQL: columns of ours, and how any name or text is quoted.

Columns of ours have a prefix, because a source may name its own columns as it likes.
"""

from __future__ import annotations

from domain.pipeline import Pipeline

FILE, OWNED = '"windrow:file"', '"windrow:owned"'
INSTANT, REASON, END = '"windrow:instant"', '"windrow:reason"', '"windrow:end"'
ROW, LATE, COPIES = '"windrow:row"', '"windrow:late"', '"windrow:copies"'
BEGAN, BOUND, START = '"windrow:began"', '"windrow:bound"', '"windrow:start"'
BUCKET = '"windrow:bucket"'


def quoted(name: str) -> str:
    """An identifier, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string constant, whatever is in it."""
    return "'" + text.replace("'", "''") + "'"


def key_column(name: str) -> str:
    """The column of a key, as text."""
    return f"key:{name}"


def measure_column(name: str) -> str:
    """The column of a measure, as number or text."""
    return f"measure:{name}"


def event_columns(pipeline: Pipeline) -> list[str]:
    """The columns of `events` besides the instant."""
    return [*map(key_column, pipeline.keys), *map(measure_column, pipeline.measures)]
