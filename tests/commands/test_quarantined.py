"""Bodies that people edit: JSON only where nothing is lost by it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.quarantined import editable, read_lines

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@pytest.mark.parametrize(
    "text",
    [
        "{oops",
        "[1]",
        '"x"',
        '{"a": 1, "a": 2}',
        '{"a": NaN}',
        '{"a": 0.1000000000000000055511151231257827}',
        '{"a": 1e999}',
        '{"a": "\\ud800"}',
        '{"a":' * 100_000,
    ],
)
def test_bodies_that_json_would_change_stay_text(text: str) -> None:
    """Repeated fields, NaN, digits that a float does not have: they are shown as they are."""
    assert editable({"id": "a", "text": text, "base64": None}) == {"id": "a", "text": text}


@given(st.dictionaries(st.text(), JSON))
def test_an_unedited_line_means_the_same_body(body: dict[str, object]) -> None:
    """Listing and replaying a JSON body changes nothing in what it says."""
    event = {"id": "a", "reason": "r", "text": json.dumps(body), "base64": None}
    (sent,) = read_lines([json.dumps(editable(event))], "file")
    assert sent["id"] == "a"
    assert json.loads(sent["text"]) == body
