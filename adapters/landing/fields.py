"""From JSON objects to columns of text, as the SQL that checks events reads them from files.

A column's name is that of a field; a dot leads into an object, unless a field has the whole name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa

from domain.errors import shorten
from domain.pipeline import Pipeline

Text = Callable[[Any], str]


class _WrongTypeError(Exception):
    """A value cannot be said in text; the message ends a sentence that names the field."""


def text_columns(
    pipeline: Pipeline, objects: Sequence[dict[str, Any]]
) -> tuple[dict[str, pa.Array], dict[int, str]]:
    """Every source column as text (null: the field is missing or null), and for those events that
    have a value which no text can stand for, the reason, by their places in `objects`."""
    reasons: dict[int, str] = {}
    keys, texts = set(pipeline.source.key.values()), pipeline.text_columns
    columns = {}
    for name in pipeline.source_columns:
        if name in keys:
            convert, what = _key, f"key `{name}`"
        else:
            convert, what = (_text if name in texts else _any), f"`{name}`"
        values = _values(objects, name)
        columns[name] = _column(values, convert, what, reasons)
    return columns, reasons


def _values(objects: Sequence[dict[str, Any]], name: str) -> list[Any]:
    found = [one.get(name) for one in objects]
    if "." not in name:
        return found
    first, *rest = name.split(".")
    for place, one in enumerate(objects):
        if found[place] is None and name not in one:
            found[place] = _inside(one.get(first), rest)
    return found


def _inside(value: Any, path: Sequence[str]) -> Any:
    for step in path:
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value


def _column(values: list[Any], convert: Text, what: str, reasons: dict[int, str]) -> pa.Array:
    texts: list[str | None] = []
    for place, value in enumerate(values):
        if type(value) is str or value is None:
            texts.append(value)
            continue
        try:
            texts.append(convert(value))
        except _WrongTypeError as error:
            texts.append(None)
            reasons.setdefault(place, f"{what} {error}")
    try:
        return pa.array(texts, pa.string())
    except UnicodeEncodeError:
        return pa.array(_without_surrogates(texts, what, reasons), pa.string())


def _without_surrogates(
    texts: Sequence[str | None], what: str, reasons: dict[int, str]
) -> list[str | None]:
    """JSON can say half a character (an escape of one surrogate); nothing after us can."""
    found: list[str | None] = []
    for place, text in enumerate(texts):
        clean = text and text.encode("utf-8", "replace").decode()
        if clean != text:
            reasons.setdefault(place, f"{what} must be whole characters; got {shorten(text)}")
        found.append(clean)
    return found


def _key(value: Any) -> str:
    """A key: 7.0 is the device 7, as it is where pandas made numbers of a column with gaps."""
    if isinstance(value, float):
        if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        if not float("-inf") < value < float("inf"):
            raise _WrongTypeError(f"must be text or a number; got {value}")
    return _scalar(value, "must be text or a number")


def _text(value: Any) -> str:
    return _scalar(value, "must be text")


def _scalar(value: Any, rule: str) -> str:
    if isinstance(value, dict | list):
        raise _WrongTypeError(f"{rule}; got {_json(value)[:100]}")
    return _any(value)


def _any(value: Any) -> str:
    """Where the SQL judges: it refuses an object as a number, and tells what it got."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return _json(value)
    return str(value)


def _json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    except RecursionError:
        return f"{'an object' if isinstance(value, dict) else 'an array'}, nested deeply"
