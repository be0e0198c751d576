"""Events are taken out of the quarantine after all."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from adapters.lake import Lake
from adapters.landing import Landed, Quarantined, StillBad, land, list_quarantined, replay
from adapters.landing import landing as module
from domain.errors import LakeError, TransientError
from domain.pipeline import Pipeline
from domain.windows import from_us
from tests.adapters.landing.streams import (
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    arrived,
    batch,
    event,
    raw_events,
    raw_names,
    stream,
)

pytestmark = pytest.mark.xdist_group("cloud")

RESCORING = {"late_arrival": {"policy": "rescore"}}


def text(value: Any) -> bytes:
    """A repaired body."""
    return json.dumps(value).encode()


def entries(lake: Lake, pipeline: Pipeline) -> list[Quarantined]:
    """What is in the quarantine."""
    day = date(2026, 1, 1)
    return list(list_quarantined(lake, pipeline, first=day, last=day).entries)


def told(landed: Landed | StillBad) -> dict[str, int]:
    """What was touched: the time of the interval's end, and the new events."""
    assert isinstance(landed, Landed), landed
    return {one.interval.label[11:16]: one.events for one in landed.touched}


def quarantined(lake: Lake, pipeline: Pipeline, *bodies: Any) -> str:
    """The id of the one event of a batch that was not taken."""
    land(lake, pipeline, batch(bodies or [event(), b"nonsense"]), NOON)
    [entry] = entries(lake, pipeline)
    return entry.id


def test_a_repaired_event_lands_as_what_it_is(lake: Lake) -> None:
    """Under its own number and arrival; the entry says when."""
    pipeline = stream()
    id = quarantined(lake, pipeline, event(), [event(), event(device=None)])
    landed = replay(lake, pipeline, id, text(event(device="b")), NOON + HOUR)
    assert told(landed) == {"12-00": 1}
    assert isinstance(landed, Landed)
    assert (landed.events, landed.late, landed.quarantined) == (1, 0, 0)
    assert any("/partition=3/repaired=101-1-" in name for name in raw_names(lake, pipeline))
    [row] = [row for row in raw_events(lake, pipeline) if row["position"] == 1]
    assert (row["sequence"], row["enqueued_us"]) == (101, NOON + 2 * SECOND)
    assert (row["partition"], row["key:device"]) == ("3", "b")
    [entry] = entries(lake, pipeline)
    assert (entry.id, entry.replayed_at) == (id, from_us(NOON + HOUR))


def test_the_time_policy_goes_by_the_first_arrival(lake: Lake) -> None:
    """However long the repair took: the event itself was not late."""
    pipeline = stream({"late_arrival": {"policy": "drop"}})
    id = quarantined(lake, pipeline)
    assert told(replay(lake, pipeline, id, text(event()), NOON + 99 * HOUR)) == {"12-00": 1}
    late = replay(lake, pipeline, id, text(event(NOON - HOUR)), NOON)
    assert late == StillBad(("late by 1h 2s; at most 5s",))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"nonsense", "the event must be JSON: Expecting value: line 1 column 1 (char 0)"),
        (text({}), "timestamp `ts` is missing"),
        (text([event(), event()]), "the repaired body must have exactly one event; got 2"),
        (b"[]", "the repaired body must have exactly one event; got 0"),
        (b"", "the body must not be empty"),
        (None, "the event must be JSON: Expecting value: line 1 column 1 (char 0)"),
    ],
)
def test_what_is_still_bad_stays(lake: Lake, body: bytes | None, reason: str) -> None:
    """Nothing is written, and the reason is returned."""
    pipeline = stream()
    id = quarantined(lake, pipeline)
    before = raw_names(lake, pipeline)
    assert replay(lake, pipeline, id, body, NOON) == StillBad((reason,))
    assert raw_names(lake, pipeline) == before
    assert [entry.replayed_at for entry in entries(lake, pipeline)] == [None]


def test_replaying_twice_is_one_event(lake: Lake) -> None:
    """The same body is the same file."""
    pipeline = stream()
    id = quarantined(lake, pipeline)
    first = replay(lake, pipeline, id, text(event()), NOON)
    names = raw_names(lake, pipeline)
    assert replay(lake, pipeline, id, text(event()), NOON + 1) == first
    assert raw_names(lake, pipeline) == names and len(names) == 2


def test_a_second_repair_replaces_the_first(lake: Lake) -> None:
    """One event is left, in the interval of the new one; that of the old one is touched, too."""
    pipeline = stream(RESCORING)
    id = quarantined(lake, pipeline, b"x")
    replay(lake, pipeline, id, text(event(NOON - HOUR, value=1)), NOON)
    assert told(replay(lake, pipeline, id, text(event(value=2)), NOON)) == {"11-00": 0, "12-00": 1}
    [row] = raw_events(lake, pipeline)
    assert (row["effective_us"], row["measure:value"]) == (NOON, 2)
    assert told(replay(lake, pipeline, id, text(event(value=3)), NOON)) == {"12-00": 1}
    [row] = raw_events(lake, pipeline)
    assert row["measure:value"] == 3


@pytest.mark.parametrize("writes", [0, 1, 2, 3])
def test_a_repair_may_end_at_any_line(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    """Done again, with whatever body, one event is left, and both intervals are touched."""
    pipeline = stream(RESCORING)
    id = quarantined(lake, pipeline, b"x")
    replay(lake, pipeline, id, text(event(NOON - HOUR)), NOON)
    left = [writes]

    def limited(method: Any) -> Any:
        def write(*arguments: Any) -> None:
            if not left[0]:
                raise TransientError("lake", "write", "the process ends")
            left[0] -= 1
            method(*arguments)

        return write

    with monkeypatch.context() as patch:
        for name in ("write_bytes", "delete"):
            patch.setattr(lake, name, limited(getattr(lake, name)))
        with pytest.raises(TransientError):
            replay(lake, pipeline, id, text(event(NOON - 2 * HOUR)), NOON)
    touched = told(replay(lake, pipeline, id, text(event(value=3)), NOON))
    assert {"11-00": 0, "12-00": 1}.items() <= touched.items()
    [row] = raw_events(lake, pipeline)
    assert row["measure:value"] == 3
    [entry] = entries(lake, pipeline)
    assert entry.replayed_at is not None


def test_a_repair_that_was_compacted_cannot_be_replaced(lake: Lake) -> None:
    """Its own file is gone, so another body would be a second event; the same one is harmless."""
    pipeline = stream()
    id = quarantined(lake, pipeline, b"x")
    first = replay(lake, pipeline, id, text(event()), NOON)
    [name] = raw_names(lake, pipeline)
    lake.delete(f"raw/pipeline={pipeline.name}/{name}")
    still = replay(lake, pipeline, id, text(event(value=3)), NOON)
    assert isinstance(still, StillBad) and "cannot be replaced any more" in still.reasons[0]
    assert raw_names(lake, pipeline) == []
    assert replay(lake, pipeline, id, text(event()), NOON) == first


def test_changed_rules_take_the_event_as_it_was(lake: Lake) -> None:
    """Without a body, it is the one that lies there."""
    pipeline = stream({"late_arrival": {"policy": "drop"}})
    id = quarantined(lake, pipeline, event(NOON - HOUR))
    assert isinstance(replay(lake, pipeline, id, None, NOON), StillBad)
    changed = stream(RESCORING).model_copy(update={"name": pipeline.name})
    landed = replay(lake, changed, id, None, NOON)
    assert told(landed) == {"11-00": 1}
    assert isinstance(landed, Landed) and landed.late == 1


def test_a_body_that_was_put_away_whole_comes_back_whole(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All its events, at the positions that they would have had."""
    pipeline = stream()
    with monkeypatch.context() as patch:
        patch.setattr(module, "check", None)
        land(lake, pipeline, [arrived([event(), event(device="b")])], NOON)
    [entry] = entries(lake, pipeline)
    landed = replay(lake, pipeline, entry.id, None, NOON)
    assert told(landed) == {"12-00": 2}
    again, expected = raw_events(lake, pipeline), stream()
    land(lake, expected, [arrived([event(), event(device="b")])], NOON)
    assert again == raw_events(lake, expected)


def test_an_unknown_event_is_named(lake: Lake) -> None:
    """As when it is looked for."""
    with pytest.raises(LakeError, match="is not in the quarantine"):
        replay(lake, stream(), f"{NOON}-3-7-0", text(event(NOON - MINUTE)), NOON)
