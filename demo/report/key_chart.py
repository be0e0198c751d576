"""One key's scores over time: a line, its threshold, flagged windows, and faults as shades."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pandas as pd

from demo.data import Data
from demo.report.svg import Frame, LogScale, TimeScale, box, dot, label, line, picture
from simulate.faults import Fault

WIDTH, HEIGHT = 560.0, 190.0
FRAME = Frame(left=38, top=12, right=WIDTH - 8, bottom=HEIGHT - 22)
MOST_POINTS = 1_500


def key_chart(
    windows: pd.DataFrame,
    faults: Sequence[Fault],
    data: Data,
    step: timedelta,
    title: str,
) -> str:
    """The picture of one key's `windows` (window_end, score, threshold, is_anomaly; in order).

    The vertical axis is the score in thresholds, logarithmic: above 1 is an anomaly. `step` is the
    distance of two windows; the line breaks where windows are missing. The part of the time that
    the model learned from is shaded, if it is in the picture.
    """
    shown = _thinned(windows[windows["score"].notna()])
    ratio = (shown["score"] / shown["threshold"]).clip(lower=1e-3).to_numpy(dtype=float)
    ends = [end.to_pydatetime() for end in shown["window_end"]]
    across = TimeScale(data.start, data.end, FRAME)
    top = float(ratio.max()) * 1.6 if len(ratio) else 2.0
    up = LogScale(min(0.05, float(ratio.min(initial=0.05))), max(top, 3.0), FRAME)
    marks = _learned(data, across) + _shades(faults, across) + _axes(across, up)
    places = [(across(end), up(value)) for end, value in zip(ends, ratio, strict=True)]
    slack = 1.5 * step * max(1.0, len(windows) / max(len(shown), 1))
    breaks = [i for i in range(1, len(ends)) if ends[i] - ends[i - 1] > slack]
    for first, last in zip([0, *breaks], [*breaks, len(ends)], strict=True):
        marks.append(line(places[first:last], "score"))
    for i in np.flatnonzero(shown["is_anomaly"].to_numpy(dtype=bool)):
        tip = f"{ends[i]:%d %b %H:%M}: {ratio[i]:.1f} times the threshold"
        marks.append(dot(*places[i], 2.6, "flag", tip))
    return picture(WIDTH, HEIGHT, f"Scores over time of {title}", marks)


def _thinned(windows: pd.DataFrame) -> pd.DataFrame:
    """Every n-th window, and all that were flagged, if there are too many to draw."""
    every = -(-len(windows) // MOST_POINTS) or 1
    keep = (np.arange(len(windows)) % every == 0) | windows["is_anomaly"].to_numpy(dtype=bool)
    kept: pd.DataFrame = windows[keep]
    return kept


def _learned(data: Data, across: TimeScale) -> list[str]:
    if data.learned_until is None:
        return []
    end = across(data.learned_until)
    return [box(FRAME.left, FRAME.top, end, FRAME.bottom, "learned", "the model learned from this")]


def _shades(faults: Sequence[Fault], across: TimeScale) -> list[str]:
    return [
        box(
            across(fault.start),
            FRAME.top,
            across(fault.end),
            FRAME.bottom,
            "fault",
            f"{fault.kind}, {fault.start:%H:%M} to {fault.end:%H:%M}",
        )
        for fault in faults
    ]


def _axes(across: TimeScale, up: LogScale) -> list[str]:
    marks = [line([(FRAME.left, FRAME.bottom), (FRAME.right, FRAME.bottom)], "axis")]
    for x, text in across.ticks(8):
        marks.append(label(x, FRAME.bottom + 15, text, "tick", "middle"))
    for y, text in up.ticks():
        marks.append(line([(FRAME.left, y), (FRAME.right, y)], "grid"))
        marks.append(label(FRAME.left - 6, y + 3.5, text, "tick", "end"))
    limit = up(1.0)
    marks.append(line([(FRAME.left, limit), (FRAME.right, limit)], "threshold"))
    return marks
