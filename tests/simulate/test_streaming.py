"""The stream: the same for the same plan, in order, with as much trouble as was asked for."""

from __future__ import annotations

import gzip
from collections import Counter
from dataclasses import replace
from itertools import islice, pairwise
from typing import Any

import pytest

from simulate import Burst, Plan, Sending, stream
from simulate.bodies import GARBAGE
from simulate.plan import US
from tests.simulate.plans import all_trouble, loaded, make_plan, us


@pytest.fixture(scope="module", name="events")
def the_events() -> list[Sending]:
    """A stream with all kinds of trouble."""
    return list(stream(all_trouble()))


KINDS = ("good", "late", "disordered")


def originals(events: list[Sending]) -> list[Sending]:
    """All but copies."""
    return [event for event in events if event.kind != "duplicate"]


def test_the_same_seed_is_the_same_stream(events: list[Sending]) -> None:
    """Everything is thrown by dice of the seed: bytes, instants, kinds."""
    assert list(stream(all_trouble())) == events
    assert [e.body for e in stream(all_trouble(seed=8))] != [e.body for e in events]


def test_a_stream_without_end_begins_as_one_with_an_end() -> None:
    """The duration decides when it ends, nothing else."""
    endless = islice(stream(make_plan(duration_s=None)), 1_000)
    assert [e.body for e in endless] == [e.body for e in stream(make_plan())]


def test_events_come_in_order_of_sending(events: list[Sending]) -> None:
    """Copies included."""
    assert all(a.send_at_us <= b.send_at_us for a, b in pairwise(events))


def test_shares_are_what_was_asked_for(events: list[Sending]) -> None:
    """Near it, as dice go; the first second has no late events, as none is before the start."""
    kinds = Counter(event.kind for event in events)
    count = len(originals(events))
    assert count == 20_000
    assert kinds["late"] / count == pytest.approx(0.09, abs=0.01)
    assert kinds["disordered"] / count == pytest.approx(0.08, abs=0.01)
    assert kinds["garbage"] / count == pytest.approx(0.05, abs=0.01)
    assert kinds["duplicate"] / count == pytest.approx(0.0475, abs=0.01)


def test_late_events_are_as_late_as_asked(events: list[Sending]) -> None:
    """They are sent exactly so long after their timestamp; good ones at it."""
    apart = {kind: {e.send_at_us - e.event_us for e in events if e.kind == kind} for kind in KINDS}
    assert apart["late"] == {US}
    assert apart["good"] == {0}
    assert min(apart["disordered"]) >= US
    assert max(apart["disordered"]) <= 2 * US


def test_a_disordered_event_was_overtaken_within_its_device(events: list[Sending]) -> None:
    """Before it, an event of the same device with a later timestamp was sent."""
    latest: dict[str, int] = {}
    overtaken = []
    for event in originals(events):
        if event.kind == "disordered":
            overtaken.append(latest[event.device] > event.event_us)
        latest[event.device] = max(event.event_us, latest.get(event.device, 0))
    assert overtaken
    assert all(overtaken)


def test_good_events_of_a_device_are_in_order() -> None:
    """Without trouble, a device's timestamps only grow."""
    latest: dict[str, int] = {}
    for event in stream(make_plan()):
        assert event.event_us > latest.get(event.device, 0)
        latest[event.device] = event.event_us


def test_a_copy_has_the_same_bytes_a_moment_later(events: list[Sending]) -> None:
    """It has its original's number, device and readings, too."""
    by_number = {event.number: event for event in originals(events)}
    copies = [event for event in events if event.kind == "duplicate"]
    assert copies
    for copy in copies:
        original = by_number[copy.number]
        assert copy == original._replace(kind="duplicate", send_at_us=copy.send_at_us)
        assert copy.send_at_us - original.send_at_us == US // 2


def test_a_body_says_what_the_event_says(events: list[Sending]) -> None:
    """One JSON object of the long schema; the numbers are exact."""
    for event in events:
        if event.kind != "garbage":
            (reading,) = event.readings
            body = loaded(event.body)
            assert us(body.pop("ts")) == event.event_us == reading.at_us
            assert body == {
                "device": event.device,
                "sensor": reading.sensor,
                "value": reading.value,
            }


@pytest.mark.parametrize("form", ["array", "lines"])
def test_an_event_may_hold_several_readings(form: str) -> None:
    """All of one device, in order of time; the last timestamp is the event's."""
    for event in islice(stream(make_plan(per_event=3, format=form, nested=True)), 200):
        body = event.body
        items = loaded(body) if form == "array" else [loaded(line) for line in body.splitlines()]
        assert [us(item["ts"]) for item in items] == [r.at_us for r in event.readings]
        assert sorted(r.at_us for r in event.readings) == [r.at_us for r in event.readings]
        assert items[-1]["ts"].endswith("Z")
        assert us(items[-1]["ts"]) == event.event_us
        assert {item["device"] for item in items} == {event.device}
        measures = [{"sensor": r.sensor, "value": r.value} for r in event.readings]
        assert [item["payload"] for item in items] == measures


def test_compressed_bodies_hold_the_same() -> None:
    """Only the encoding differs."""
    plain = all_trouble(duration_s=2.0, disorder_by_s=0.5)
    packed = [gzip.decompress(event.body) for event in stream(replace(plain, gzip=True))]
    assert packed == [event.body for event in stream(plain)]


def test_every_sensor_has_its_turn() -> None:
    """All sensors of all devices have equally many readings."""
    counts = Counter((e.device, e.readings[0].sensor) for e in stream(make_plan()))
    assert len(counts) == 50
    assert set(counts.values()) == {20}


def test_a_device_may_have_more_sensors_than_there_are_kinds() -> None:
    """Then there is a second temperature; every name is a device's only one."""
    events = islice(stream(make_plan(devices=1, sensors=12)), 12)
    names = [event.readings[0].sensor for event in events]
    assert len(set(names)) == 12
    assert names[4:7] == ["humidity", "temperature-2", "vibration-2"]


def test_a_burst_multiplies_the_rate() -> None:
    """Four seconds at three times the rate, then a silence of two."""
    plan = make_plan(bursts=(Burst(2, 4, 3), Burst(7, 2, 0)))
    seconds = Counter((e.send_at_us - plan.start_us) // US for e in stream(plan))
    expected = {0: 100, 1: 100, 2: 300, 3: 300, 4: 300, 5: 300, 6: 100, 9: 100}
    assert {second: pytest.approx(count, abs=1) for second, count in expected.items()} == seconds


def test_speed_stretches_stream_time_and_keeps_the_rate() -> None:
    """Ten real seconds at a hundred events are a thousand, over ten minutes of the stream."""
    plan = make_plan(speed=60.0)
    events = list(stream(plan))
    assert len(events) == 1_000
    assert events[-1].send_at_us - plan.start_us == pytest.approx(600 * US, rel=0.01)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"nested": True},
        {"format": "array"},
        {"format": "lines", "per_event": 3},
        {"format": "array", "per_event": 3, "nested": True},
    ],
)
def test_every_kind_of_garbage_is_bad(fields: dict[str, Any]) -> None:
    """All kinds appear, in turn, and none of them holds a reading that can be used."""
    events = [e for e in stream(make_plan(garbage=0.5, **fields)) if e.kind == "garbage"]
    assert [e.reason for e in events[:14]] == [*GARBAGE, *GARBAGE]
    for event in events:
        assert event.readings == ()
        assert event.reason == why_bad(event.body, fields)


def why_bad(body: bytes, fields: dict[str, Any]) -> str:
    """What is wrong with a body, found without knowing how it was made."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return "invalid_utf8"
    try:
        value = loaded(body)
    except ValueError:
        return "truncated_json" if text[0] in "[{" else "not_json"
    item = value[0] if isinstance(value, list) else value
    assert isinstance(value, list) == (fields.get("format") == "array")
    measure = item["payload"] if fields.get("nested") else item
    if "device" not in item:
        return "missing_key"
    if len(item["device"]) > 200:
        return "long_key"
    if not isinstance(measure["value"], float):
        return "wrong_type"
    with pytest.raises(ValueError, match="month"):
        us(item["ts"])
    return "bad_timestamp"


def test_memory_is_that_of_a_block() -> None:
    """The first event of a stream without end comes at once."""
    plan: Plan = make_plan(duration_s=None, devices=100_000, rate=1_000_000.0)
    assert next(stream(plan)).number == 0
