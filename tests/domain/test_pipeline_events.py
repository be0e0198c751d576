"""Every rule of a source of events, and what it may leave out."""

from datetime import timedelta
from typing import Any

import pytest

from domain.pipeline.events import EventsSource
from tests.domain.samples import data, pipeline, problems

EVENTS: dict[str, Any] = {
    "kind": "events",
    "event_hub": "telemetry",
    "timestamp": "payload.at",
    "key": {"device": "payload.device"},
}

# change of the source, field below it, what the rule says, value (None: the message shows none)
BROKEN: list[tuple[dict[str, Any], str, str, Any]] = [
    ({"event_hub": ...}, "event_hub", "is required", None),
    ({"event_hub": ""}, "event_hub", "must match", ""),
    ({"event_hub": "a b"}, "event_hub", "must match", "a b"),
    ({"event_hub": "%HUB"}, "event_hub", "must match", "%HUB"),
    ({"event_hub": "x" * 257}, "event_hub", "must match", "x" * 257),
    ({"connection": "EVENT HUB"}, "connection", "must match", "EVENT HUB"),
    ({"connection": "sb://x"}, "connection", "must match", "sb://x"),
    ({"consumer_group": "$Other"}, "consumer_group", "must match", "$Other"),
    ({"consumer_group": "x" * 51}, "consumer_group", "must match", "x" * 51),
    ({"timestamp": ...}, "timestamp", "is required", None),
    ({"key": []}, "key", "must have at least 1 item", []),
    ({"path": "raw/*"}, "path", "is not a field of this section", "raw/*"),
    ({"duplicates": "keep"}, "duplicates", "is not a field of this section", "keep"),
    ({"score_every": 15}, "score_every", "must be a whole number and a unit", 15),
    ({"score_every": "999ms"}, "score_every", "must be whole seconds, from 1s to 7d", "999ms"),
    ({"score_every": "90500ms"}, "score_every", "must be whole seconds", "90500ms"),
    ({"score_every": "8d"}, "score_every", "must be whole seconds, from 1s to 7d", "8d"),
    ({"max_events": 0}, "max_events", "must be greater than or equal to 1", 0),
    ({"rows_per_slice": 999}, "rows_per_slice", "must be greater than or equal to 1000", 999),
    ({"quiet": "16m"}, "quiet", "must be at most `score_every`", "16m"),
    ({"early_arrival": "21d"}, "early_arrival", "must be at most 20d", "21d"),
    ({"dedupe": "some"}, "dedupe", "must be 'content' or 'none'", "some"),
    ({"on_empty": "x"}, "on_empty", "must be 'fail' or 'complete'", "x"),
    ({"late_arrival": {"policy": "x"}}, "late_arrival.policy", "must be 'adjust', 'drop' or", "x"),
    ({"late_arrival": {"nonsense": 1}}, "late_arrival.nonsense", "is not a field", 1),
    (
        {"late_arrival": {"tolerance": "21d"}},
        "late_arrival.tolerance",
        "must be at most 20d",
        "21d",
    ),
    (
        {"late_arrival": {"limit": "21d"}},
        "late_arrival.limit",
        "must be at least `tolerance` and at most 20d",
        "21d",
    ),
    (
        {"late_arrival": {"tolerance": "2h", "limit": "1h"}},
        "late_arrival.limit",
        "must be at least `tolerance` and at most 20d",
        "1h",
    ),
    ({"out_of_order": {}}, "out_of_order.tolerance", "is required", None),
    (
        {"out_of_order": {"tolerance": "61m"}},
        "out_of_order.tolerance",
        "must be at most 1h",
        "61m",
    ),
    (
        {"out_of_order": {"tolerance": "1s", "policy": "rescore"}},
        "out_of_order.policy",
        "must be 'adjust' or 'drop'",
        "rescore",
    ),
]


def events(**changes: Any) -> dict[str, Any]:
    """The sample's source with changes; `...` removes a field."""
    return {name: value for name, value in {**EVENTS, **changes}.items() if value is not ...}


def source(**changes: Any) -> EventsSource:
    """The same as a source."""
    found = pipeline(source=events(**changes)).source
    assert isinstance(found, EventsSource)
    return found


@pytest.mark.parametrize(
    ("change", "field", "rule", "value"), BROKEN, ids=lambda case: str(case)[:60]
)
def test_a_broken_rule_is_told(change: dict[str, Any], field: str, rule: str, value: Any) -> None:
    """One problem: the field as it stands in the file, the rule, and the value that breaks it."""
    [problem] = problems(data(source=events(**change)))
    assert problem.field == f"source.{field}"
    assert rule in problem.rule
    assert (problem.value if problem.has_value else None) == value


def test_what_is_left_out_is_as_in_stream_analytics() -> None:
    """Five seconds late, five minutes early, any order; each event once, every quarter hour."""
    found = source()
    assert (found.late_arrival.tolerance, found.late_arrival.policy) == (
        timedelta(seconds=5),
        "adjust",
    )
    assert (found.early_arrival, found.out_of_order) == (timedelta(minutes=5), None)
    assert (found.every_us, found.max_events, found.on_empty) == (900_000_000, None, "complete")
    assert (found.connection, found.consumer_group) == ("EVENTHUB", "$Default")


@pytest.mark.parametrize(
    "change",
    [
        {"event_hub": "%TELEMETRY_HUB%", "consumer_group": "%GROUP%"},
        {"consumer_group": "windrow-fleet", "connection": "HUB2"},
        {"score_every": "1s", "quiet": "1s"},
        {"score_every": "7d", "early_arrival": "20d", "max_events": 1},
        {"late_arrival": {"tolerance": "20d"}},
        {"late_arrival": {"tolerance": "1h", "policy": "rescore", "limit": "1h"}},
        {"out_of_order": {"tolerance": "1h", "policy": "drop"}},
    ],
    ids=str,
)
def test_the_bounds_belong_to_what_is_allowed(change: dict[str, Any]) -> None:
    """And survive as JSON, which is what a run pins."""
    found = pipeline(source=events(**change))
    assert pipeline(source=found.model_dump(mode="json")["source"]) == found


@pytest.mark.parametrize(("dedupe", "duplicates"), [("content", "drop"), ("none", "keep")])
def test_dedupe_says_what_happens_to_equal_events(dedupe: str, duplicates: str) -> None:
    """In the words of the other sources."""
    assert source(dedupe=dedupe).duplicates == duplicates
