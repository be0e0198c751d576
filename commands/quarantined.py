"""An event in the quarantine, and the line by which it is shown, edited and sent again.

A line is a JSON object: `id`; at most one of `body` (any JSON), `text` and `base64`; without one,
the event goes as it was. What else `quarantine list --json` tells is for people, and not read.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from commands.errors import UsageError

BODIES = ("body", "text", "base64")
FOR_PEOPLE = frozenset({"reason", "partition", "sequence", "position", "arrived_at", "replayed_at"})


def editable(event: dict[str, Any]) -> dict[str, Any]:
    """The event with its body as JSON if nothing is lost by that, else as text or base64."""
    line = {name: value for name, value in event.items() if name not in BODIES}
    text = event.get("text")
    if text is None:
        return line | {"base64": event.get("base64")}
    body = _parsed(text)
    return line | ({"text": text} if body is None else {"body": body})


def replay_of(event_id: str, body: bytes | None = None) -> dict[str, str]:
    """What the API takes for one event; without a body it goes as it was."""
    if body is None:
        return {"id": event_id}
    try:
        return {"id": event_id, "text": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"id": event_id, "base64": base64.b64encode(body).decode("ascii")}


def read_lines(lines: Iterable[str], where: str) -> Iterator[dict[str, str]]:
    """What the API takes for each line. Raises UsageError naming the line that is wrong."""
    first_seen: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            event = _read_line(line)
        except ValueError as error:
            raise UsageError(f"{where}, line {number}: {error}") from error
        first = first_seen.setdefault(event["id"], number)
        if first != number:
            raise UsageError(f"{where}, line {number}: `id` must not be that of line {first}")
        yield event


def _read_line(line: str) -> dict[str, str]:
    try:
        data = json.loads(line)
    except ValueError as error:
        raise ValueError(f"must be JSON: {error}") from error
    if not isinstance(data, dict):
        raise ValueError("must be a JSON object")
    event_id = data.get("id")
    if not isinstance(event_id, str) or not event_id:
        raise ValueError("`id` must be the id of an event")
    unknown = sorted(data.keys() - {"id", *BODIES} - FOR_PEOPLE)
    if unknown:
        raise ValueError(f"must have no other field than {', '.join(('id', *BODIES))}: {unknown}")
    given = [name for name in BODIES if data.get(name) is not None]
    if len(given) > 1:
        raise ValueError(f"must have one of {', '.join(BODIES)}; got {', '.join(given)}")
    if not given:
        return {"id": event_id}
    return {"id": event_id} | _body(given[0], data[given[0]])


def _body(name: str, value: Any) -> dict[str, str]:
    if name == "body":
        return {"text": _utf8(json.dumps(value, ensure_ascii=False))}
    if not isinstance(value, str):
        raise ValueError(f"`{name}` must be text; JSON goes into `body`")
    if name == "base64":
        try:
            base64.b64decode(value, validate=True)
        except ValueError as error:
            raise ValueError(f"`base64` must be base64: {error}") from error
    return {name: _utf8(value)}


def _utf8(text: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError(
            f"must have no half of a surrogate pair; got {error.object[error.start]!a}"
        ) from error
    return text


def _parsed(text: str) -> dict[str, Any] | None:
    """The JSON object that the text is; None if it is none, or if writing it would change it."""
    try:
        data = json.loads(
            text,
            parse_float=_exact,
            parse_constant=_refused,
            object_pairs_hook=_without_repeats,
        )
        _utf8(json.dumps(data, ensure_ascii=False))
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _exact(digits: str) -> float:
    number = float(digits)
    if Decimal(digits) != Decimal(repr(number)):
        raise ValueError("more digits than a float has")
    return number


def _refused(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field stands twice")
    return found
