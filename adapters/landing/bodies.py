"""The records in the body of an Event Hub message: what its bytes hold, before any rule.

A body is a JSON object, an array of objects, or JSON lines, in UTF-8; or an Avro container file.
Each may be gzipped. Producers get things wrong, so nothing here raises for what is in a body: what
cannot be read is a record without a value, with the reason and its own bytes, beside the others.
"""

from __future__ import annotations

import json
import re
import zlib
from typing import Any, NamedTuple

from adapters.landing.unreadable import UnreadableError

GZIP, AVRO = b"\x1f\x8b", b"Obj\x01"
BYTE_ORDER_MARK = "\ufeff"
LONGEST_BODY = 64 * 1024 * 1024
MOST_RECORDS = 200_000

_BLANKS = re.compile(r"[ \t\r\n]*")
_LONGEST_INTEGER = 4_000  # digits; Python refuses to read more than 4,300
_KINDS = {list: "an array", str: "text", bool: "true or false", type(None): "null"}


class Record(NamedTuple):
    """One record: its fields, or the reason why there are none; and what it was read from."""

    value: dict[str, Any] | None
    reason: str | None
    source: str | bytes

    @property
    def raw(self) -> bytes:
        """The bytes of this record alone: the line or the element, unless it is the whole body."""
        if isinstance(self.source, bytes):
            return self.source
        return self.source.encode("utf-8", "surrogateescape")


def records(body: bytes) -> list[Record]:
    """The records of a body, in order; their places in the list are their positions."""
    try:
        plain = _unfolded(body) if body.startswith(GZIP) else body
        if plain.startswith(AVRO):
            from adapters.landing.avro import json_texts

            return [_record(text) for text in json_texts(plain, LONGEST_BODY, MOST_RECORDS)]
        return _of_text(plain)
    except UnreadableError as error:
        return [Record(None, f"the body {error}", body)]


def _unfolded(body: bytes) -> bytes:
    """What is gzipped, which may come in several members."""
    found: list[bytes] = []
    room = LONGEST_BODY
    while body.startswith(GZIP):
        member = zlib.decompressobj(31)
        try:
            found.append(member.decompress(body, room + 1))
        except zlib.error as error:
            raise UnreadableError(f"must be gzip as it begins like it: {error}") from error
        room -= len(found[-1])
        if room < 0:
            raise UnreadableError(f"must unfold to at most {LONGEST_BODY} bytes")
        if not member.eof:
            raise UnreadableError("must be gzip as it begins like it: it ends too early")
        body = member.unused_data
    return b"".join(found)


def _of_text(plain: bytes) -> list[Record]:
    try:
        return _of_json(plain.decode().removeprefix(BYTE_ORDER_MARK))
    except UnicodeDecodeError:
        text = plain.decode("utf-8", "surrogateescape").removeprefix(BYTE_ORDER_MARK)
        return [_without_foreign_bytes(record) for record in _of_json(text)]


def _without_foreign_bytes(record: Record) -> Record:
    """The record, unless bytes that are no UTF-8 lie in its own part of the body."""
    try:
        record.raw.decode()
    except UnicodeDecodeError as error:
        reason = f"the event must be UTF-8: {error.reason} at byte {error.start}"
        return Record(None, reason, record.source)
    return record


def _of_json(text: str) -> list[Record]:
    start = _after_blanks(text, 0)
    if start == len(text):
        raise UnreadableError("must not be empty")
    found = _elements(text, start + 1) if text[start] == "[" else [_record(text)]
    if "\n" in text and any(record.value is None for record in found):
        # Lines, or one value that is laid out over many? Whatever keeps more of it.
        lines = _lines(text)
        return lines if _good(lines) > _good(found) else found
    return found


def _lines(text: str) -> list[Record]:
    if text.count("\n") > MOST_RECORDS:
        raise UnreadableError(f"must have at most {MOST_RECORDS} lines")
    stripped = (line.strip(" \t\r") for line in text.split("\n"))
    return [_record(line) for line in stripped if line]


def _elements(text: str, at: int) -> list[Record]:
    """The elements of an array whose first one is at `at`. After one that is not JSON, nobody can
    tell where the next begins: the rest is one record."""
    found: list[Record] = []
    at = _after_blanks(text, at)
    closed = text[at : at + 1] == "]"
    while not closed:
        if len(found) == MOST_RECORDS:
            raise UnreadableError(f"must have at most {MOST_RECORDS} elements")
        try:
            value, end = _scanned(text, at)
        except UnreadableError as error:
            return [*found, Record(None, f"the event {error}", text[at:])]
        found.append(_checked(value, text[at:end]))
        at = _after_blanks(text, end)
        closed = text[at : at + 1] == "]"
        if not closed:
            if text[at : at + 1] != ",":
                reason = "the event must be JSON: expecting , or ] after an element"
                return [*found, Record(None, reason, text[at:])]
            at = _after_blanks(text, at + 1)
    end = _after_blanks(text, at + 1)
    if end < len(text):
        found.append(Record(None, "the event must be JSON: it follows an array", text[end:]))
    return found


def _record(text: str) -> Record:
    """A text that should be one object."""
    try:
        value, end = _scanned(text, _after_blanks(text, 0))
        if _after_blanks(text, end) != len(text):
            raise UnreadableError(f"must be one JSON value: more follows at character {end}")
    except UnreadableError as error:
        return Record(None, f"the event {error}", text)
    return _checked(value, text)


def _checked(value: Any, source: str) -> Record:
    if isinstance(value, dict):
        return Record(value, None, source)
    kind = _KINDS.get(type(value), "a number")
    return Record(None, f"the event must be a JSON object; got {kind}", source)


def _integer(digits: str) -> float:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else float(digits)


_DECODERS = (json.JSONDecoder(), json.JSONDecoder(parse_int=_integer))
"""The second one is slower, and reads every integer."""


def _scanned(text: str, at: int) -> tuple[Any, int]:
    """The JSON value at `at`, and where it ends."""
    for decoder in _DECODERS:
        try:
            return decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            raise UnreadableError(f"must be JSON: {error}") from error
        except RecursionError as error:
            raise UnreadableError("must not be nested as deeply") from error
        except ValueError:
            continue  # an integer with too many digits
    raise UnreadableError("must be JSON: it has a number that cannot be read")


def _after_blanks(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    return found.end() if found else at


def _good(found: list[Record]) -> int:
    return sum(record.value is not None for record in found)
