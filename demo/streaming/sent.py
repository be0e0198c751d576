"""What was sent, as the sender saw it: which windows hold it, and when their last event went off.

This is the one end of the stream; rows in SQL are the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from demo.pipelines import grid_of
from demo.streaming.plan import stream_of
from domain.intervals import interval_of
from domain.pipeline import Pipeline
from domain.windows import window_ends
from simulate import Sending

Window = tuple[str, str, int]
"""Device, sensor, and the window's end in microseconds since 1970."""

SLOT_S = 10
"""Events are counted by so many seconds of stream time."""

US = 1_000_000


class Sent:
    """Grows with every acknowledged request.

    `last_sent` has, for each window that a good reading belongs to, when the last request with one
    was acknowledged (seconds since 1970). `slots` counts events by the stream time at which they
    were sent: microseconds since 1970 of the beginning of each slot.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self.last_sent: dict[Window, float] = {}
        self.slots: Counter[int] = Counter()
        self._every_us = stream_of(pipeline).every_us
        self._grid = grid_of(pipeline)

    def __call__(self, events: Sequence[Sending], wall_time: float) -> None:
        """A request with these events was acknowledged at `wall_time`."""
        grid = self._grid
        shape = (grid.size_us, grid.hop_us, grid.offset_us, grid.closed)
        for event in events:
            self.slots[event.send_at_us // (SLOT_S * US) * SLOT_S * US] += 1
            for reading in event.readings:
                for end_us in window_ends(reading.at_us, *shape):
                    self.last_sent[event.device, reading.sensor, end_us] = wall_time

    @property
    def events(self) -> int:
        """How many events were acknowledged."""
        return self.slots.total()

    @property
    def intervals(self) -> frozenset[str]:
        """The labels of the intervals in which windows end."""
        ends = {end_us for _, _, end_us in self.last_sent}
        return frozenset(interval_of(end_us, self._every_us).label for end_us in ends)
