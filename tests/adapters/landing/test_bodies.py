"""What the bodies of messages hold: JSON in three forms, gzip, and whatever else producers send."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.landing import bodies
from adapters.landing.bodies import records

A, B = {"a": 1}, {"b": [2.5, None, {"ü": "😀"}]}
objects = st.dictionaries(
    st.text(max_size=5),
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    max_size=4,
)
lines = st.one_of(
    objects.map(json.dumps),
    objects.map(lambda one: json.dumps(one, ensure_ascii=False)),
    st.sampled_from(["{", "nonsense", "7", "null", '{"a":1} {"b":2}', '"\\ud800"']),
)


def values(body: bytes) -> list[Any]:
    """The fields of all records; None where there are none."""
    return [record.value for record in records(body)]


def reasons(body: bytes) -> list[str | None]:
    """Why records could not be read."""
    return [record.reason for record in records(body)]


def text(value: Any) -> bytes:
    """JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (text(A), [A]),
        (b" \r\n\t" + text(B) + b"\n\n", [B]),
        (json.dumps(B, indent=2).encode(), [B]),
        (text([A, B]), [A, B]),
        (json.dumps([A, B], indent=1).encode(), [A, B]),
        (b"[]", []),
        (text(A) + b"\n" + text(B), [A, B]),
        (b"\n\n" + text(A) + b"\r\n \n" + text(B) + b"\r\n", [A, B]),
        (b"\xef\xbb\xbf" + text(A), [A]),
        (text({"line": "a\u2028b"}) + b"\n" + text(A), [{"line": "a\u2028b"}, A]),
        (b'{"a":1,"a":2}', [{"a": 2}]),
    ],
)
def test_objects_come_alone_in_arrays_and_in_lines(body: bytes, found: list[Any]) -> None:
    """Blank lines and a byte order mark do not count; of a field that is given twice, the last."""
    assert values(body) == found
    assert values(gzip.compress(body)) == found


def test_gzip_may_come_in_members() -> None:
    """Two gzip streams, one after the other, are one body."""
    assert values(gzip.compress(text(A) + b"\n") + gzip.compress(text(B))) == [A, B]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "the body must not be empty"),
        (b" \n", "the body must not be empty"),
        (b"nonsense", "the event must be JSON: Expecting value: line 1 column 1 (char 0)"),
        (b"7", "the event must be a JSON object; got a number"),
        (b'"x"', "the event must be a JSON object; got text"),
        (b"null", "the event must be a JSON object; got null"),
        (b"true", "the event must be a JSON object; got true or false"),
        (b'{"a":1}{"b":2}', "the event must be one JSON value: more follows at character 7"),
        (b"\x00", "the event must be JSON: Expecting value: line 1 column 1 (char 0)"),
        (b'{"a":"\x00"}', "the event must be JSON: Invalid control character"),
        (b'{"a":' * 200_000, "the event must not be nested as deeply"),
        (b'{"a":"\xff"}', "the event must be UTF-8: invalid start byte at byte 6"),
        (b"\xff\xfe{\x00}\x00", "the event must be UTF-8"),
        (b"\x1f\x8bnonsense", "the body must be gzip as it begins like it"),
        (
            gzip.compress(b"{}", mtime=0)[:-9],
            "the body must be gzip as it begins like it: it ends too",
        ),
        (b"Obj\x01nonsense", "the body must be Avro as it begins like it"),
    ],
    ids=lambda one: one[:40] if isinstance(one, str) else "",
)
def test_what_cannot_be_read_is_one_bad_record(body: bytes, reason: str) -> None:
    """The reason names the rule; the bytes are those that came."""
    [record] = records(body)
    assert record.value is None
    assert record.reason is not None and record.reason.startswith(reason)
    assert record.raw == body


def test_a_bad_line_is_alone() -> None:
    """The lines around it are read; it keeps its bytes and its place."""
    found = records(text(A) + b'\n{"a": \xff}\n[ERROR] x\n\n7\r\n' + text(B))
    assert [record.value for record in found] == [A, None, None, None, B]
    assert [record.raw for record in found[1:4]] == [b'{"a": \xff}', b"[ERROR] x", b"7"]
    assert found[1].reason is not None and "UTF-8" in found[1].reason


def test_a_bad_first_line_does_not_hide_the_others() -> None:
    """Whatever it begins with, if there are objects in the lines after it."""
    for first in (b"[ERROR] x", b"[1, 2]", b"{", b"x", b'"x"'):
        assert values(first + b"\n" + text(A) + b"\n" + text(B))[-2:] == [A, B], first


def test_a_bad_element_is_alone() -> None:
    """An element that is no object, or not UTF-8, is bad by itself."""
    found = records(b'[{"a":1}, 7 ,{"a":"\xff"},  [1], {"b":2}]')
    assert [record.value for record in found] == [A, None, None, None, {"b": 2}]
    assert [record.raw for record in found[1:4]] == [b"7", b'{"a":"\xff"}', b"[1]"]


@pytest.mark.parametrize("rest", [b'{"b":}, {"c":3}]', b"", b'{"b":2} {"c":3}]', b'{"b":2}] x'])
def test_a_broken_array_is_read_up_to_its_break(rest: bytes) -> None:
    """Nobody can tell where the next element begins; what is left is one bad record."""
    found = records(b'[{"a":1},' + rest)
    assert found[0].value == A
    assert [record.reason is None for record in found] in ([True, False], [True, True, False])
    assert rest.endswith(found[-1].raw)


def test_numbers_of_any_length_are_values() -> None:
    """Also those that Python refuses to read, and those that JSON does not know."""
    [record] = records(b'{"a":' + b"9" * 10_000 + b', "b":-Infinity,"c":NaN,"d":1e999}')
    assert record.value is not None
    assert record.value["a"] == record.value["d"] == -record.value["b"] == float("inf")


def test_half_a_character_is_a_value() -> None:
    """JSON can say a lone surrogate; whether its field matters is decided later."""
    assert values(b'{"a":"\\ud800"}') == [{"a": "\ud800"}]


def test_what_unfolds_too_far_is_put_away_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body that would need more memory than there may be is not unfolded."""
    bomb = gzip.compress(b" " * (bodies.LONGEST_BODY + 1))
    [record] = records(bomb)
    assert record.reason == f"the body must unfold to at most {bodies.LONGEST_BODY} bytes"
    assert record.raw == bomb
    monkeypatch.setattr(bodies, "LONGEST_BODY", 3)
    assert values(gzip.compress(b"{} ")) == [{}]
    assert values(gzip.compress(b"{}  ")) == [None]


@pytest.mark.parametrize("body", [b"[{},{},{}]", b"{}\n{}\n{}", b"[1,2,3]"])
def test_a_body_has_a_bounded_number_of_records(
    monkeypatch: pytest.MonkeyPatch, body: bytes
) -> None:
    """One with more is put away whole."""
    monkeypatch.setattr(bodies, "MOST_RECORDS", 1)
    [record] = records(body)
    assert record.reason is not None and "must have at most 1 " in record.reason
    assert record.raw == body


@given(st.binary())
@example(b"[")
@example(b"[[[")
@example(b"\xef\xbb\xbf")
@example(b'[{"a":1}')
@example(b"{\n{}\n\xff")
def test_no_bytes_raise(body: bytes) -> None:
    """Every record has either a value or a reason."""
    for start in (b"", bodies.GZIP, bodies.AVRO, b"[", b'{"a":', b"{}\n"):
        for record in records(start + body):
            assert (record.value is None) != (record.reason is None)
            assert record.raw in start + body


@given(st.lists(lines, min_size=2))
def test_every_line_is_accounted_for(given_lines: list[str]) -> None:
    """As many records as lines, each with its bytes, when there is an object among them."""
    body = "\n".join(["{}", *given_lines]).encode()
    found = records(body)
    assert [record.raw.decode() for record in found] == ["{}", *given_lines]
    for line, record in zip(given_lines, found[1:], strict=True):
        try:
            value = json.loads(line)
        except ValueError:
            value = None
        assert record.value == (value if isinstance(value, dict) else None)


@given(st.lists(objects | st.integers() | st.text() | st.lists(st.integers())), st.integers(0, 2))
def test_every_element_is_accounted_for(elements: list[Any], indent: int) -> None:
    """As many records as elements, each with its bytes."""
    found = records(json.dumps(elements, indent=indent or None).encode())
    assert [json.loads(record.raw) for record in found] == elements
    assert [r.value for r in found] == [e if isinstance(e, dict) else None for e in elements]
