"""What may be asked for when repaired events are taken again."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from domain.errors import RequestError
from domain.replays import MOST_EVENTS, Repaired, parse_replay_body


def test_a_body_is_text_or_base64_or_the_one_that_lies_there() -> None:
    """In the order of the request."""
    events = [
        {"id": "1"},
        {"id": "2", "text": "ö"},
        {"id": "3", "base64": base64.b64encode(b"\xff").decode()},
        {"id": "4", "text": ""},
        {"id": "5", "text": None, "base64": None},
    ]
    assert parse_replay_body({"events": events}) == [
        Repaired("1", None),
        Repaired("2", "ö".encode()),
        Repaired("3", b"\xff"),
        Repaired("4", b""),
        Repaired("5", None),
    ]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (None, "must be a JSON object"),
        ([], "must be a JSON object"),
        ({}, "events"),
        ({"events": []}, "events"),
        ({"events": [{"id": "1"}] * (MOST_EVENTS + 1)}, "events"),
        ({"events": [{"id": "1"}], "more": 1}, "more"),
        ({"events": [{}]}, "id"),
        ({"events": [{"id": ""}]}, "id"),
        ({"events": [{"id": "x" * 201}]}, "id"),
        ({"events": [{"id": "1", "txt": "x"}]}, "txt"),
        ({"events": [{"id": "1", "text": "x", "base64": "eA=="}]}, "base64` must be left out"),
        ({"events": [{"id": "1", "base64": "eA"}]}, "base64` must be base64"),
        ({"events": [{"id": "1", "base64": "ä"}]}, "base64` must be base64"),
        ({"events": [{"id": "1", "text": "\ud800"}]}, "text` must be text that UTF-8 can say"),
    ],
)
def test_anything_else_is_refused(body: Any, told: str) -> None:
    """With the field and the rule."""
    with pytest.raises(RequestError, match=told):
        parse_replay_body(body)


def test_as_many_as_are_allowed_are_taken() -> None:
    """A repair of a few hundred is one request."""
    events = [{"id": f"{number}"} for number in range(MOST_EVENTS)]
    assert len(parse_replay_body({"events": events})) == MOST_EVENTS
