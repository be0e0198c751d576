"""The stream's arrival over time: a bar for every few seconds, and where intervals end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from demo.report.svg import Frame, TimeScale, box, label, line, picture
from domain.windows import from_us

WIDTH, HEIGHT = 1_150.0, 130.0
FRAME = Frame(left=118.0, top=14.0, right=WIDTH - 8.0, bottom=HEIGHT - 22.0)


def stream_chart(
    slots: Mapping[int, int],
    slot: timedelta,
    across: tuple[datetime, datetime],
    every: timedelta,
) -> str:
    """The picture of events by the stream time at which they were sent.

    `slots` has how many events each slot of length `slot` had, by its beginning (microseconds since
    1970); the picture reaches `across` from one instant to another, and an interval ends `every` so
    often, at the end last.
    """
    start, end = across
    scale = TimeScale(start, end, FRAME)
    most = max(slots.values(), default=1)
    marks = [box(FRAME.left, FRAME.top, FRAME.right, FRAME.bottom, "ground")]
    for share in (0.5, 1.0):
        y = _height(share)
        marks.append(line([(FRAME.left, y), (FRAME.right, y)], "grid"))
        marks.append(label(FRAME.left - 8, y + 3.5, f"{most * share:,.0f}", "tick", "end"))
    for at_us, events in sorted(slots.items()):
        begin = from_us(at_us)
        if begin >= end:
            continue  # copies of the very last events
        tip = f"{begin:%H:%M:%S}: {events:,} events"
        left, right = scale(begin) + 0.5, scale(begin + slot) - 0.5
        marks.append(box(left, _height(events / most), right, FRAME.bottom, "events", tip))
    marks.append(line([(FRAME.left, FRAME.bottom), (FRAME.right, FRAME.bottom)], "axis"))
    marks += _ends(scale, every)
    for x, text in scale.ticks(12):
        marks.append(label(x, FRAME.bottom + 15, text, "tick", "middle"))
    return picture(WIDTH, HEIGHT, "Events that arrived over stream time", marks)


def _height(share: float) -> float:
    return FRAME.bottom - share * (FRAME.bottom - FRAME.top)


def _ends(scale: TimeScale, every: timedelta) -> list[str]:
    """Lines where intervals end inside the picture."""
    marks, at = [], scale.end - every
    while at > scale.start:
        x = scale(at)
        marks.append(line([(x, FRAME.top), (x, FRAME.bottom)], "threshold"))
        at -= every
    return marks
