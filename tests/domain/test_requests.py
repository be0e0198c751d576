"""What a caller may ask for, and what is told when it may not."""

from datetime import UTC, datetime
from typing import Any

import pytest

from domain.errors import RequestError
from domain.requests import parse_run_body, run_request, utc_now
from domain.spans import Span
from tests.domain.samples import TABLE, pipeline

BODY = {"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}
SPAN = Span(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))


def problems(body: object, **changes: Any) -> list[str]:
    """What is wrong with the body."""
    with pytest.raises(RequestError) as caught:
        parse_run_body(body, pipeline(**changes))
    return [str(problem) for problem in caught.value.problems]


def test_a_body_needs_a_span_only() -> None:
    """The revision is then 1, and the input the pipeline's own."""
    body = parse_run_body(BODY, pipeline())
    assert (Span(body.start, body.end), body.revision, body.input) == (SPAN, 1, None)


def test_a_body_may_name_revision_and_input() -> None:
    """The input is a glob in the lake, with dates or without."""
    more = {"revision": 7, "input": "raw/{yyyy}/{MM}/{dd}/*.csv"}
    body = parse_run_body(BODY | more, pipeline())
    assert (body.revision, body.input) == (7, more["input"])


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"from": ...}, "`from` is required"),
        ({"from": "yesterday"}, "`from` must be a valid datetime"),
        ({"from": "2026-01-01T00:00:00"}, "`from` must have timezone info"),
        ({"from": "2026-01-01T00:00:00.5Z"}, "`from` must be a whole second"),
        ({"to": "9999-12-31T23:59:59Z"}, "`to` must be a whole second between"),
        ({"from": "0001-01-01T00:00:00+14:00"}, "`from` must be a whole second between"),
        ({"to": "2025-12-31T00:00:00Z"}, "`to` must be after `from`; got '2025-12-31T00:00:00Z'"),
        ({"to": BODY["from"]}, "`to` must be after `from`"),
        ({"revision": 0}, "`revision` must be greater than or equal to 1; got 0"),
        ({"revision": 1_000_000}, "`revision` must be less than or equal to 999999"),
        ({"revision": "2"}, "`revision` must be a valid integer; got '2'"),
        ({"revision": True}, "`revision` must be a valid integer; got True"),
        ({"input": ""}, "`input` must have at least 1 character"),
        ({"input": "x" * 1001}, "`input` must have at most 1000 characters"),
        ({"input": "/etc/passwd"}, "`input` must be a path inside the lake"),
        ({"input": "raw/../../x"}, "`input` must be a path inside the lake"),
        ({"input": "{day}.csv"}, "`input` must use no field but"),
        ({"until": "x"}, "`until` is not a field of this section; got 'x'"),
    ],
    ids=lambda case: str(case)[:40],
)
def test_a_wrong_field_is_named(change: dict[str, Any], problem: str) -> None:
    """With its rule and its value, before anything starts."""
    body = {name: value for name, value in (BODY | change).items() if value is not ...}
    [found] = problems(body)
    assert found.startswith(problem)


def test_every_wrong_field_is_named_at_once() -> None:
    """One answer is enough to put a request right."""
    wrong = {"from": "x", "to": "2026-01-02T00:00:00.1Z", "revision": 0, "input": "a", "x": 1}
    named = [problem.split("`")[1] for problem in problems(wrong, source=TABLE)]
    assert sorted(named) == ["from", "input", "revision", "to", "x"]


@pytest.mark.parametrize("body", [None, [], "text", 7])
def test_a_body_must_be_an_object(body: object) -> None:
    """Not a list, not text, and not nothing."""
    assert problems(body) == [f"`(body)` must be a JSON object; got {body!r}"]


def test_a_query_takes_no_input() -> None:
    """A path means nothing to a pipeline that reads a table."""
    assert problems(BODY | {"input": "a.csv"}, source=TABLE) == [
        "`input` must be left out: the source of fleet is of kind table; got 'a.csv'"
    ]
    assert parse_run_body(BODY | {"input": None}, pipeline(source=TABLE)).input is None


def test_a_run_request_pins_the_pipeline() -> None:
    """Run, trigger, and the pipeline as it is now."""
    asked = run_request(pipeline(), SPAN, revision=3, trigger="timer")
    assert asked.run.run_id == "fleet-20260101T000000Z-20260102T000000Z-r3"
    assert (asked.run.span, asked.run.revision, asked.trigger) == (SPAN, 3, "timer")
    assert asked.pipeline == pipeline()


def test_an_input_replaces_the_sources_path() -> None:
    """And its format is told by the file again; everything else stays."""
    asked = run_request(
        pipeline(source__format="parquet"), SPAN, trigger="http", input="my/readings.csv"
    )
    assert asked.pipeline == pipeline(source__path="my/readings.csv")
    assert asked.input == "my/readings.csv"


def test_an_input_may_replace_ready_made_windows() -> None:
    """They lie in files as events do."""
    source = {"kind": "windows", "path": "ready/*", "timestamp": "window_end", "key": ["device"]}
    ready = pipeline(source=source)
    assert parse_run_body(BODY | {"input": "mine.csv"}, ready).input == "mine.csv"
    asked = run_request(ready, SPAN, trigger="http", input="mine.csv")
    assert asked.pipeline == pipeline(source={**source, "path": "mine.csv"})


def test_the_present_is_aware_and_in_utc() -> None:
    """No naive time enters the ledger."""
    assert utc_now().tzinfo is UTC
