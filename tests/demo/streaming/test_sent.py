"""The sender's end of the stream: windows, intervals, and when their last event went off."""

from __future__ import annotations

from demo.streaming.sent import SLOT_S
from domain.windows import to_us
from tests.demo.builders import MIDNIGHT
from tests.demo.streams import FIVE, MINUTE, SENT_AT, TEN, make_event, make_sent


def test_a_window_remembers_its_last_event() -> None:
    """Copies count as well, since they have a window scored again; garbage belongs to none."""
    key = ("device-001", "heat")
    assert make_sent().last_sent == {
        (*key, to_us(MIDNIGHT + 1 * MINUTE)): SENT_AT,
        (*key, to_us(MIDNIGHT + 6 * MINUTE)): SENT_AT + 3,
        (*key, to_us(MIDNIGHT + 10 * MINUTE)): SENT_AT + 2,
    }


def test_the_intervals_are_those_in_which_windows_end() -> None:
    """An event at a boundary belongs to the interval that ends there."""
    assert make_sent().intervals == {FIVE, TEN}


def test_all_events_are_counted_by_when_they_were_sent() -> None:
    """A late event counts in the slot in which it was sent, not in that of its timestamp."""
    sent = make_sent()
    assert sent.events == 5
    late = make_event(MIDNIGHT, send_at_us=to_us(MIDNIGHT + 9 * MINUTE), kind="late")
    sent([late], SENT_AT)
    assert sent.slots[to_us(MIDNIGHT + 9 * MINUTE)] == 1
    assert sent.slots[to_us(MIDNIGHT)] == 0
    assert all(at_us % (SLOT_S * 1_000_000) == 0 for at_us in sent.slots)
