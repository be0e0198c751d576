"""Names and constants in a query, whatever is in them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from domain.pipeline import Pipeline
from domain.pipeline.events import EventsSource

TEXT = "nvarchar(max)"


def bracketed(name: str) -> str:
    """An identifier."""
    return "[" + name.replace("]", "]]") + "]"


def literal(text: str) -> str:
    """A text constant."""
    return "'" + text.replace("'", "''") + "'"


def number(value: float) -> str:
    """A finite number, in digits and without an exponent."""
    text = format(Decimal(repr(float(value))), "f")
    return text if "." in text else text + ".0"


def field(pipeline: Pipeline, column: str, input_name: str) -> str:
    """A column of the source: in a stream, a dot leads into an object.

    The first name of a path is qualified if it could be taken for the input's name.
    """
    nested = isinstance(pipeline.source, EventsSource)
    path = column.split(".") if nested else [column]
    if len(path) > 1 and path[0].lower() == input_name.lower():
        path = [input_name, *path]
    return ".".join(map(bracketed, path))


def unlike(name: str, taken: Iterable[str]) -> str:
    """`name`, or with a number behind it, so that it is none of `taken`; case does not matter."""
    others = {other.lower() for other in taken}
    found, count = name, 1
    while found.lower() in others:
        count += 1
        found = f"{name}_{count}"
    return found


def plain(text: str) -> str:
    """The text with nothing but ASCII letters, digits and underscores."""
    return re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_") or "column"
