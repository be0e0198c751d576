"""Which events are good, and which instant each counts for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.landing.checking import Bad, Checked, check
from domain.pipeline import Pipeline
from domain.pipeline.events import EventsSource
from domain.time_policy import EARLY, LATE, effective
from tests.adapters.landing.streams import HOUR, MINUTE, NOON, SECOND, arrived, event, stream

COLUMNS = {
    "partition": "string",
    "sequence": "int64",
    "position": "int32",
    "enqueued_us": "int64",
    "event_us": "int64",
    "effective_us": "int64",
    "key:device": "string",
    "measure:value": "double",
}
TEXT = {"n": {"function": "count_where", "where": {"column": "code", "op": "==", "value": "ok"}}}


def checked(pipeline: Pipeline, *bodies: Any, enqueued_us: int = NOON + SECOND) -> Checked:
    """What one batch of these bodies comes to."""
    assert isinstance(pipeline.source, EventsSource)
    batch = [arrived(body, 100 + n, enqueued_us) for n, body in enumerate(bodies)]
    return check(pipeline, pipeline.source, batch)


def reason(pipeline: Pipeline, body: Any) -> str:
    """Why an event is bad; it must be."""
    outcome = checked(pipeline, body)
    assert outcome.good.num_rows == 0
    [bad] = outcome.bad
    return bad.reason


def column(pipeline: Pipeline, name: str, *values: Any) -> list[Any]:
    """What becomes of values of a field: a measure or a key. All must be good."""
    field = name.partition(":")[2]
    outcome = checked(pipeline, *(event(**{field: value}) for value in values))
    assert outcome.bad == ()
    found: list[Any] = outcome.good[name].to_pylist()
    return found


def test_good_events_have_the_columns_of_raw_files() -> None:
    """Exactly these, of these types, in the batch's order."""
    outcome = checked(stream(), event(NOON - 5, device=7), [event(), event(value=3)])
    schema = outcome.good.schema
    assert {name: str(schema.field(name).type) for name in schema.names} == COLUMNS
    assert list(schema.names) == list(COLUMNS)
    first, second, third = outcome.good.to_pylist()
    assert first == {
        "partition": "3",
        "sequence": 100,
        "position": 0,
        "enqueued_us": NOON + SECOND,
        "event_us": NOON - 5,
        "effective_us": NOON - 5,
        "key:device": "7",
        "measure:value": 20.5,
    }
    assert [(row["sequence"], row["position"]) for row in (second, third)] == [(101, 0), (101, 1)]


def test_without_a_good_event_the_columns_are_the_same() -> None:
    """Also if nothing could be read at all."""
    outcome = checked(stream(), b"nonsense", b"")
    assert {f.name: str(f.type) for f in outcome.good.schema} == COLUMNS
    assert len(outcome.bad) == 2


def test_keys_are_text() -> None:
    """7 and 7.0 are the same device, blanks around it do not count, true is a word."""
    found = column(stream(), "key:device", 7, 7.0, " 7 ", 7.5, True, "ä", 10**20, 1e20)
    assert found == ["7", "7", "7", "7.5", "true", "ä", str(10**20), "1e+20"]


def test_numbers_are_numbers_also_as_text() -> None:
    """As in a CSV file."""
    assert column(stream(), "measure:value", 7, 7.25, "7.5", " 8 ", 1e300) == [
        7,
        7.25,
        7.5,
        8,
        1e300,
    ]


def test_text_measures_are_what_json_has() -> None:
    """A missing one does no harm beside others."""
    pipeline = stream(aggregates={**TEXT, "m": {"function": "mean", "column": "value"}})
    found = column(pipeline, "measure:code", "ok", "", 7, 7.0, False, None, "a\nb", "x" * 4_000)
    assert found == ["ok", "", "7", "7.0", "false", None, "a\nb", "x" * 4_000]


def test_what_is_only_counted_may_be_anything() -> None:
    """An object is kept as its JSON, so that equal events can be told."""
    pipeline = stream(aggregates={"n": {"function": "count", "column": "value"}})
    assert column(pipeline, "measure:value", {"a": [1]}, [2]) == ['{"a":[1]}', "[2]"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"device": None}, "key `device` is missing"),
        ({"device": "  "}, "key `device` is missing"),
        ({"device": "x" * 201}, "key `device` must have at most 200 characters"),
        ({"device": {"id": 1}}, 'key `device` must be text or a number; got {"id":1}'),
        ({"device": ["a"]}, 'key `device` must be text or a number; got ["a"]'),
        ({"device": float("nan")}, "key `device` must be text or a number; got nan"),
        ({"device": "\ud800"}, "key `device` must be whole characters; got '\\ud800'"),
        ({"device": "a\0"}, "key `device` must not have the character NUL"),
        ({"ts": None}, "timestamp `ts` is missing"),
        ({"ts": "yesterday"}, "timestamp `ts` must be an instant; got yesterday"),
        ({"ts": 17}, "timestamp `ts` must be an instant; got 17"),
        ({"ts": {"at": 1}}, 'timestamp `ts` must be an instant; got {"at":1}'),
        ({"ts": "2026-02-30T00:00:00Z"}, "timestamp `ts` must be an instant; got 2026-02-30"),
        ({"value": "warm"}, "`value` must be a number; got warm"),
        ({"value": True}, "`value` must be a number; got true"),
        ({"value": [1, 2]}, "`value` must be a number; got [1,2]"),
        ({"value": float("nan")}, "`value` must be finite; got nan"),
        ({"value": 10**400}, "`value` must be finite; got 1000"),
        ({"value": "\ud800"}, "`value` must be whole characters; got '\\ud800'"),
        ({"value": None}, "no value in `value`"),
    ],
)
def test_every_broken_rule_has_its_reason(changes: dict[str, Any], expected: str) -> None:
    """It names the field, the rule and the value, as for files."""
    assert reason(stream(), event(**changes)).startswith(expected)
    [field] = changes
    if changes[field] is None:
        missing = event()
        del missing[field]
        assert reason(stream(), missing) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("x" * 4_001, "`code` must have at most 4000 characters; got 4001"),
        ("a\0b", "`code` must not have the character NUL"),
        ({"a": 1}, '`code` must be text; got {"a":1}'),
        ("\udfff", "`code` must be whole characters; got '\\udfff'"),
    ],
)
def test_text_has_rules_of_its_own(value: Any, expected: str) -> None:
    """Tables take so much text, and only characters."""
    assert reason(stream(aggregates=TEXT), event(code=value)) == expected


def test_a_bad_value_that_no_one_reads_does_no_harm() -> None:
    """Rules are for the columns of the pipeline."""
    outcome = checked(stream(), event(other={"a": "\ud800"}, more="\0", huge=10**400))
    assert (outcome.good.num_rows, outcome.bad) == (1, ())


def test_bad_ones_are_alone() -> None:
    """Those around it are taken; it keeps its place, its arrival and its own bytes."""
    outcome = checked(stream(), event(), [event(), event(ts="x"), event()], b"nonsense", event())
    assert outcome.good["sequence"].to_pylist() == [100, 101, 101, 103]
    assert outcome.good["position"].to_pylist() == [0, 0, 2, 0]
    first, second = outcome.bad
    assert (first.arrived.sequence, first.position) == (101, 1)
    assert first.body in first.arrived.body and b'"ts": "x"' in first.body
    assert isinstance(second, Bad) and second.body == b"nonsense"


def test_dots_lead_into_objects() -> None:
    """A field that has the whole name wins; a path that leads nowhere is a missing value."""
    source = {"timestamp": "meta.at", "key": {"device": "meta.device.id"}}
    pipeline = stream(source, aggregates={"m": {"function": "mean", "column": "payload.temp"}})
    at = "2026-01-01T12:00:00Z"
    good = {"meta": {"at": at, "device": {"id": 7}}, "payload": {"temp": 1}}
    whole = {**good, "payload.temp": 2}
    outcome = checked(pipeline, good, whole)
    assert outcome.good["key:device"].to_pylist() == ["7", "7"]
    assert outcome.good["measure:payload.temp"].to_pylist() == [1, 2]
    assert reason(pipeline, {**good, "payload": 7}) == "no value in `payload.temp`"
    assert reason(pipeline, {**whole, "payload.temp": None}) == "no value in `payload.temp`"
    assert reason(pipeline, {**good, "meta": {"at": at, "device": [1]}}) == (
        "key `meta.device.id` is missing"
    )


@pytest.mark.parametrize(
    ("source", "stamp"),
    [
        ({"timestamp_unit": "s"}, NOON / SECOND),
        ({"timestamp_unit": "ms"}, NOON // 1_000),
        ({"timestamp_unit": "us"}, str(NOON)),
        ({}, "2026-01-01T13:00:00+01:00"),
        ({}, "2026-01-01 12:00:00"),
        ({"time_zone": "Europe/Berlin"}, "2026-01-01T13:00:00"),
        ({"time_zone": "Asia/Kolkata"}, "2026-01-01T17:30:00"),
        ({"time_zone": "Asia/Kolkata"}, "2026-01-01T12:00:00Z"),
    ],
)
def test_instants_are_read_as_in_files(source: dict[str, Any], stamp: Any) -> None:
    """Numbers by their unit; text without a zone in that of the source, whoever came before."""
    checked(stream({"time_zone": "America/New_York"}), event())
    outcome = checked(stream(source), event(ts=stamp))
    assert outcome.good["event_us"].to_pylist() == [NOON]


@pytest.mark.parametrize(
    ("late", "behind", "expected"),
    [
        ({}, -6 * MINUTE, "`ts` is 6m ahead of its arrival; at most 5m"),
        ({}, -5 * MINUTE - 1, "`ts` is 5m 1us ahead of its arrival; at most 5m"),
        ({"policy": "drop"}, 2 * HOUR, "late by 2h; at most 5s"),
        (
            {"policy": "drop", "tolerance": "1m"},
            61 * SECOND + 2_000,
            "late by 1m 1s 2ms; at most 1m",
        ),
        ({"policy": "rescore", "limit": "1h"}, 49 * HOUR, "late by 2d 1h; at most 1h"),
    ],
)
def test_the_time_policy_says_by_how_much(late: dict[str, str], behind: int, expected: str) -> None:
    """How far the event was off, and how far it may be."""
    pipeline = stream({"late_arrival": late})
    [bad] = checked(pipeline, event(), enqueued_us=NOON + behind).bad
    assert bad.reason == expected


def test_batches_are_checked_side_by_side() -> None:
    """Streams of several zones at once; each has its own."""
    zones = {"Asia/Kolkata": "17:30", "Europe/Berlin": "13:00", "UTC": "12:00"}
    work = [
        (stream({"time_zone": zone}), event(ts=f"2026-01-01T{time}:00"))
        for zone, time in zones.items()
    ] * 20
    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(lambda one: checked(one[0], *[one[1]] * 50), work))
    assert {us for one in outcomes for us in one.good["event_us"].to_pylist()} == {NOON}
    assert sum(one.good.num_rows for one in outcomes) == 50 * len(work)


durations = st.sampled_from(["0s", "1us", "5s", "1m", "1h", "2d", "20d"])
near = st.sampled_from([0, 1, 5 * SECOND, MINUTE, HOUR, 48 * HOUR, 480 * HOUR, 999 * HOUR])


@given(
    policy=st.sampled_from(["adjust", "drop", "rescore"]),
    tolerance=durations,
    early=durations,
    limit=durations,
    apart=st.lists(st.tuples(near, st.integers(-1, 1), st.sampled_from([-1, 1])), min_size=1),
)
def test_the_time_policy_is_the_one_of_the_domain(
    policy: str, tolerance: str, early: str, limit: str, apart: list[tuple[int, int, int]]
) -> None:
    """For every policy, around every boundary, the SQL comes to what the definition says."""
    ordered = sorted([tolerance, limit], key=["0s", "1us", "5s", "1m", "1h", "2d", "20d"].index)
    pipeline = stream(
        {
            "early_arrival": early,
            "late_arrival": {"policy": policy, "tolerance": ordered[0], "limit": ordered[1]},
        }
    )
    source = pipeline.source
    assert isinstance(source, EventsSource)
    instants = [NOON + sign * (far + more) for far, more, sign in apart]
    outcome = checked(pipeline, *(event(us) for us in instants), enqueued_us=NOON)
    found: dict[int, Any] = {
        row["sequence"]: row["effective_us"] for row in outcome.good.to_pylist()
    }
    for bad in outcome.bad:
        found[bad.arrived.sequence] = EARLY if "ahead" in bad.reason else LATE
    assert [found[100 + n] for n in range(len(instants))] == [
        effective(us, NOON, source) for us in instants
    ]
    tolerated = [us for us in instants if isinstance(effective(us, NOON, source), int)]
    late_us = (NOON - us for us in tolerated)
    seconds = {"0s": 0, "1us": 1, "5s": 5 * SECOND, "1m": MINUTE, "1h": HOUR}
    lengths = {**seconds, "2d": 48 * HOUR, "20d": 480 * HOUR}
    assert outcome.late == sum(behind > lengths[ordered[0]] for behind in late_us)


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["ts", "device", "value", "value.x", "other"]),
            st.recursive(
                st.none()
                | st.booleans()
                | st.integers()
                | st.floats()
                | st.text(st.characters(codec=None), max_size=6)
                | st.just("2026-01-01T12:00:00Z"),
                lambda inner: st.lists(inner) | st.dictionaries(st.just("x"), inner),
                max_leaves=4,
            ),
        )
    )
)
def test_no_value_raises(bodies: list[dict[str, Any]]) -> None:
    """Whatever JSON can say in any field, every event is good or has a reason."""
    pipeline = stream(
        aggregates={
            "m": {"function": "mean", "column": "value.x"},
            "n": {"function": "count", "column": "value"},
            **TEXT,
        }
    )
    outcome = checked(pipeline, *bodies)
    taken = outcome.good["sequence"].to_pylist()
    refused = [bad.arrived.sequence for bad in outcome.bad]
    assert sorted(taken + refused) == [100 + n for n in range(len(bodies))]
    assert all(bad.reason for bad in outcome.bad)
