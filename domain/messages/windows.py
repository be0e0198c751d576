"""From a run's input to its windows."""

from __future__ import annotations

from pydantic import Field

from domain.messages.base import Message
from domain.messages.runs import Run


class Listing(Message):
    """What `list_inputs` found."""

    slices: int
    files: int
    rows: int | None = Field(description="Events in the files, where they tell; None otherwise.")


class SliceOrder(Message):
    """Which slice `aggregate_windows` works on."""

    run: Run
    slice: int


class SliceResult(Message):
    """What `aggregate_windows` did with one slice."""

    slice: int
    events_read: int
    events_quarantined: int
    events_duplicate: int
    events_late: int = 0
    events_redelivered: int = 0
    windows: int
    parts: int


class Prepared(Message):
    """What `prepare_windows` made: a folder of windows in the lake, for training."""

    folder: str
    counts: dict[str, int]
