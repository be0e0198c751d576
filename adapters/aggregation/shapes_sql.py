"""The SQL that tells which windows an event lies in, by the kind of windows. Text only.

`domain/windows.py` is the definition that this says in SQL.
"""

from __future__ import annotations

from dataclasses import dataclass

from adapters.aggregation.columns import BEGAN, BOUND, END, INSTANT, key_column, quoted
from domain.pipeline import Pipeline
from domain.pipeline.windows import GridWindows, SessionWindows
from domain.windows import ZERO_HOUR_US


@dataclass(frozen=True)
class Shape:
    """How events become windows.

    `placed` is a query with a row for each event and window that holds it. Rows that agree in
    their keys and the columns `apart` are one window; `start` and `end` are expressions over them,
    in microseconds since 1970-01-01 UTC.
    """

    placed: str
    apart: tuple[str, ...]
    start: str
    end: str


def shape_of(pipeline: Pipeline, source: str) -> Shape:
    """The shape of a pipeline's windows, of the events in the relation `source`."""
    windows = pipeline.windows
    if isinstance(windows, GridWindows):
        placed = f"SELECT *, {_grid_ends(windows)} AS {END} FROM {source}"
        return Shape(placed, (END,), f"{END} - {windows.size_us}", END)
    if isinstance(windows, SessionWindows):
        return _sessions(pipeline, windows, source)
    return Shape(f"SELECT *, {INSTANT} AS {END} FROM {source}", (END,), END, END)


def events_with(windows: int, pipeline: Pipeline) -> int:
    """How many events have about so many windows, if none lies in the same as another."""
    if isinstance(pipeline.windows, GridWindows):
        return windows * pipeline.windows.hop_us // pipeline.windows.size_us
    return windows


def _grid_ends(windows: GridWindows) -> str:
    """The ends of the windows that hold an instant; see `domain.windows.window_ends`."""
    hop, right = windows.hop_us, windows.closed == "right"
    origin = ZERO_HOUR_US + windows.offset_us
    since = f"({INSTANT} - ({origin})" + (" - 1)" if right else ")")
    # The instant is at or after the zero hour, so `since` is negative at most by the offset and
    # one: % takes the sign of its left side, hence the second %.
    past = f"((({since} % {hop}) + {hop}) % {hop})"
    first = f"({since} - {past} + {hop} + ({origin}))"
    if hop == windows.size_us:
        return first
    beyond = f"{INSTANT} + {windows.size_us}" + ("" if right else " + 1")
    return f"unnest(range({first}, {beyond}, {hop}))"


def _sessions(pipeline: Pipeline, windows: SessionWindows, source: str) -> Shape:
    """Sessions, by arithmetic instead of one event after another; see `domain.windows.sessions`.

    Let D be the maximum duration. Activity begins (BEGAN) at an event that no other one precedes
    within the timeout. Its first session is cut at the first multiple of D at or after BEGAN + D,
    if it lasts so long; from then on it is cut at every multiple, as there is an event between any
    two. So the multiple that an event's session ends at, at the latest, is BOUND: the first one at
    or after both BEGAN + D and the event. A session is its activity's first if and only if its
    BOUND is less than 2 D after BEGAN; otherwise it starts at the multiple before.
    """
    timeout, longest = windows.timeout_us, windows.max_duration_us
    keys = ", ".join(quoted(key_column(name)) for name in pipeline.keys)
    series = f"PARTITION BY {keys} ORDER BY {INSTANT}"
    gap = f"{INSTANT} - lag({INSTANT}) OVER ({series})"
    first = f"SELECT *, coalesce({gap} > {timeout}, true) AS {BEGAN} FROM {source}"
    # RANGE: of events with the same instant, nobody knows which comes first here and above.
    latest = f"max(CASE WHEN {BEGAN} THEN {INSTANT} END) OVER ({series} RANGE UNBOUNDED PRECEDING)"
    began = f"SELECT * REPLACE ({latest} AS {BEGAN}) FROM ({first})"
    bound = _multiple_after(f"greatest({BEGAN} + {longest}, {INSTANT})", longest)
    return Shape(
        placed=f"SELECT *, {bound} AS {BOUND} FROM ({began})",
        apart=(BEGAN, BOUND),
        start=f"CASE WHEN {BOUND} - {BEGAN} < {2 * longest} THEN {BEGAN} "
        f"ELSE {BOUND} - {longest} END",
        end=f"least(max({INSTANT}) + {timeout}, {BOUND})",
    )


def _multiple_after(instant: str, length: int) -> str:
    """The first multiple of a length since the zero hour, at or after an instant."""
    since = f"({instant} - ({ZERO_HOUR_US}) + {length - 1})"
    return f"{since} // {length} * {length} + ({ZERO_HOUR_US})"
