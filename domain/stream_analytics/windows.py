"""The window of GROUP BY, and the window's end.

Stream Analytics' windows are (start, end], at most 7 days long, on a grid from the zero hour:
https://learn.microsoft.com/stream-analytics-query/windowing-azure-stream-analytics
"""

from __future__ import annotations

from domain.pipeline import Pipeline
from domain.pipeline.windows import GridWindows, HoppingWindows, SessionWindows
from domain.stream_analytics.columns import SESSION_KEY, Columns
from domain.stream_analytics.names import bracketed

UNITS = (
    ("day", 86_400_000_000),
    ("hour", 3_600_000_000),
    ("minute", 60_000_000),
    ("second", 1_000_000),
    ("millisecond", 1_000),
    ("microsecond", 1),
)
STAMP = "System.Timestamp()"


def length(us: int) -> str:
    """A length in the largest unit that it is a whole number of: `minute, 5`."""
    unit, size = next((u, s) for u, s in UNITS if us % s == 0)
    return f"{unit}, {us // size}"


def window(pipeline: Pipeline, columns: Columns) -> str:
    """What GROUP BY has besides the keys."""
    windows = pipeline.windows
    if isinstance(windows, SessionWindows):
        # PARTITION BY takes one column here; several keys are one in the step before.
        key = SESSION_KEY if columns.has_session_key else next(iter(columns.keys.values()))
        timeout, longest = length(windows.timeout_us), length(windows.max_duration_us)
        return (
            f"SessionWindow(Timeout({timeout}), MaxDuration({longest})) "
            f"OVER (PARTITION BY {bracketed(key)})"
        )
    if not isinstance(windows, GridWindows):
        return STAMP
    size, offset = length(windows.size_us), _offset_us(windows)
    moved = f", Offset({length(offset)})" if offset else ""
    if isinstance(windows, HoppingWindows):
        return f"HoppingWindow(Duration({size}), Hop({length(windows.hop_us)}){moved})"
    return f"TumblingWindow(Duration({size}){moved})" if moved else f"TumblingWindow({size})"


def window_end(pipeline: Pipeline) -> str:
    """The expression for the window's end."""
    windows = pipeline.windows
    if isinstance(windows, GridWindows) and windows.closed == "left":
        return f"DATEADD(microsecond, 1, {STAMP})"
    return STAMP


def _offset_us(windows: GridWindows) -> int:
    """How far the grid is moved. [start, end) in whole microseconds is the same as what lies
    after start - 1 us and up to end - 1 us; `window_end` moves the label back."""
    return windows.offset_us - (windows.closed == "left")
