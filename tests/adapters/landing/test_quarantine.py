"""Events that were not taken are listed, a page at a time."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from adapters.lake import Lake
from adapters.landing import Quarantined, find_quarantined, land, list_quarantined
from domain.errors import LakeError
from domain.pipeline import Pipeline
from tests.adapters.landing.streams import HOUR, NOON, SECOND, arrived, batch, event, stream

pytestmark = pytest.mark.xdist_group("cloud")

FIRST, LAST = date(2025, 12, 30), date(2026, 1, 5)


def listed(lake: Lake, pipeline: Pipeline, **more: Any) -> list[Quarantined]:
    """All of it, in pages."""
    found: list[Quarantined] = []
    after = None
    while True:
        arguments = {"first": FIRST, "last": LAST, "limit": 3, "after": after, **more}
        page = list_quarantined(lake, pipeline, **arguments)
        assert 0 < len(page.entries) <= arguments["limit"] or not found
        found += page.entries
        after = page.after
        if after is None:
            return found


def numbers(found: list[Quarantined]) -> list[tuple[int, int]]:
    """Sequence numbers and positions."""
    return [(one.event.sequence, one.event.position) for one in found]


def test_an_entry_says_what_came_and_why_it_was_not_taken(lake: Lake) -> None:
    """The id leads back to it."""
    pipeline = stream()
    land(lake, pipeline, batch([event(), [event(), {"device": "ü"}]]), NOON)
    [entry] = listed(lake, pipeline)
    assert entry.reason == "timestamp `ts` is missing"
    assert entry.body == b'{"device": "\\u00fc"}'
    assert entry.id == f"{NOON + 2 * SECOND}-3-101-1"
    assert entry.enqueued == datetime(2026, 1, 1, 12, 0, 2, tzinfo=UTC)
    assert entry.replayed_at is None
    assert find_quarantined(lake, pipeline, entry.id) == entry


def test_events_are_listed_by_day_partition_and_number(lake: Lake) -> None:
    """Each once, however often and in whatever batches it was delivered; in pages of any size."""
    pipeline = stream()
    messages = batch([[{}, event(), b"x".decode()], event(), *[b"nonsense"] * 9], every_us=3 * HOUR)
    for some in (messages, messages[:4], messages[2:7], messages[6:], messages[9:]):
        land(lake, pipeline, some, NOON)
    land(lake, pipeline, [arrived(b"x", 5, partition="12"), arrived(b"x", 6, partition="12")], NOON)
    expected = [
        *((5, 0), (6, 0)),  # partition 12, on the first day
        *((100, 0), (100, 2), (102, 0), (103, 0)),
        *((sequence, 0) for sequence in range(104, 111)),
    ]
    for limit in (1, 2, 3, 100):
        found = listed(lake, pipeline, limit=limit)
        assert numbers(found) == expected
    assert len({one.id for one in found}) == len(expected)
    assert numbers(listed(lake, pipeline, first=date(2026, 1, 2))) == expected[6:]
    assert numbers(listed(lake, pipeline, last=date(2026, 1, 1))) == expected[:6]
    assert listed(lake, pipeline, last=date(2025, 12, 31)) == []


def test_a_hub_that_was_made_anew_is_another(lake: Lake) -> None:
    """It counts from the same number, but its events arrived at another time."""
    pipeline = stream()
    land(lake, pipeline, [arrived(b"x", 7, NOON)], NOON)
    land(lake, pipeline, [arrived(b"y", 7, NOON + SECOND), arrived(b"z", 8, NOON + SECOND)], NOON)
    found = listed(lake, pipeline, limit=1)
    assert [one.body for one in found] == [b"x", b"y", b"z"]
    assert [find_quarantined(lake, pipeline, one.id).body for one in found] == [b"x", b"y", b"z"]


def test_reasons_are_searched(lake: Lake) -> None:
    """Entries with the text in their reason, and pages of those alone."""
    pipeline = stream()
    land(lake, pipeline, batch([{}, b"x", event(value="warm"), b"y", {}]), NOON)
    assert numbers(listed(lake, pipeline, reason="must be JSON", limit=1)) == [(101, 0), (103, 0)]
    assert numbers(listed(lake, pipeline, reason="got warm")) == [(102, 0)]
    assert listed(lake, pipeline, reason="no such") == []


@pytest.mark.parametrize(
    "id", ["", "7", f"{NOON}-3-7", f"{NOON}-../x-7-0", f"{'9' * 18}-3-7-0", f"{NOON}-3-7-0\n"]
)
def test_what_is_no_id_is_refused(lake: Lake, id: str) -> None:
    """Before the lake is asked."""
    with pytest.raises(LakeError, match="`id` must be that of an event in the quarantine; got"):
        find_quarantined(lake, stream(), id)
    with pytest.raises(LakeError, match="`id` must be"):
        list_quarantined(lake, stream(), first=FIRST, last=LAST, after=id)


def test_an_event_that_is_not_there_is_named(lake: Lake) -> None:
    """Also when its neighbours are."""
    pipeline = stream()
    land(lake, pipeline, batch([b"x", event(), b"x"]), NOON)
    for id in (f"{NOON + 2 * SECOND}-3-101-0", f"{NOON}-3-100-0", f"{NOON}-4-100-0"):
        with pytest.raises(LakeError, match=f"^{id}: is not in the quarantine"):
            find_quarantined(lake, pipeline, id)
