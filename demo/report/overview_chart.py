"""The whole run at a glance: one row per key, a mark for each flagged window, a bar per fault."""

from __future__ import annotations

import pandas as pd

from demo.evaluation import overlapping
from demo.outcome import Scored
from demo.pipelines import grid_of
from demo.report.svg import Frame, TimeScale, box, dot, label, line, picture

WIDTH = 1_150.0
LEFT, RIGHT, TOP, FOOT = 118.0, 8.0, 8.0, 22.0
MOST_MARKS = 4_000
WIDE = 12.0  # windows of so many pixels are drawn from beginning to end, narrower ones as dots


def overview_chart(outcome: Scored) -> str:
    """The picture of all keys; keys are rows in alphabetical order."""
    scores, keys = outcome.scores, list(outcome.pipeline.keys)
    rows = scores[keys].drop_duplicates().sort_values(keys)
    row_of = {tuple(key): i for i, key in enumerate(rows.itertuples(index=False, name=None))}
    height = min(max(9.0 * len(row_of), 90.0), 400.0)
    frame = Frame(LEFT, TOP, WIDTH - RIGHT, TOP + height)
    across = TimeScale(outcome.data.start, outcome.data.end, frame)
    pitch = height / max(len(row_of), 1)
    groups = [spoken(keys[0], key[0]) for key in row_of]
    marks = _axes(across, groups, pitch)
    half = max(pitch / 2, 2.5)
    for fault in outcome.data.faults:
        y = frame.top + (row_of.get((fault.device, fault.sensor), 0) + 0.5) * pitch
        tip = f"{fault.device} {fault.sensor}: {fault.kind}"
        marks.append(box(across(fault.start), y - half, across(fault.end), y + half, "fault", tip))
    marks += _flags(outcome, row_of, across, pitch)
    return picture(WIDTH, TOP + height + FOOT, "Flagged windows of all keys over time", marks)


def spoken(name: str, text: str) -> str:
    """A key's text as one says it: `device-017` as it is, `17` with the column's name."""
    return text if any(letter.isalpha() for letter in text) else f"{name} {text}"


def _flags(
    outcome: Scored, row_of: dict[tuple[str, ...], int], across: TimeScale, pitch: float
) -> list[str]:
    flagged = outcome.scores[outcome.scores["is_anomaly"]]
    ratio = flagged["score"] / flagged["threshold"]
    flagged = flagged.assign(ratio=ratio).nlargest(MOST_MARKS, "ratio")
    expected = _inside_a_fault(outcome, flagged)
    keys = list(outcome.pipeline.keys)
    size = grid_of(outcome.pipeline).size
    is_wide = across(outcome.data.start + size) - across.frame.left >= WIDE
    marks = []
    for key, end, times, known in zip(
        flagged[keys].itertuples(index=False, name=None),
        flagged["window_end"],
        flagged["ratio"],
        expected,
        strict=True,
    ):
        y = across.frame.top + (row_of[key] + 0.5) * pitch
        tip = f"{' '.join(key)}, {end:%d %b %H:%M}: {times:.1f} times the threshold"
        css = "flag" if known else "stray"
        if is_wide:
            marks.append(box(across(end - size) + 1, y - 1.2, across(end) - 1, y + 1.2, css, tip))
        else:
            marks.append(dot(across(end), y, 2.0, css, tip))
    return marks


def _inside_a_fault(outcome: Scored, flagged: pd.DataFrame) -> list[bool]:
    """Whether each flagged window overlaps a fault; all do if nobody knows the faults."""
    inside = pd.Series(not outcome.data.faults, index=flagged.index)
    size = grid_of(outcome.pipeline).size
    for fault in outcome.data.faults:
        inside |= overlapping(flagged, fault, size)
    return [bool(value) for value in inside]


def _axes(across: TimeScale, groups: list[str], pitch: float) -> list[str]:
    frame = across.frame
    marks = [box(frame.left, frame.top, frame.right, frame.bottom, "ground")]
    for x, text in across.ticks(12):
        marks.append(line([(x, frame.top), (x, frame.bottom)], "grid"))
        marks.append(label(x, frame.bottom + 15, text, "tick", "middle"))
    last_y = -99.0
    for i, group in enumerate(groups):
        y = frame.top + (i + 0.5) * pitch
        if group not in groups[max(i - 1, 0) : i] and y - last_y >= 24:
            marks.append(label(frame.left - 8, y + 3.5, group, "tick", "end"))
            last_y = y
    return marks
