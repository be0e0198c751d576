"""The second act on the screen: how it goes, and the table at the end."""

from __future__ import annotations

import io

from rich.console import Console, RenderableType

from demo.streaming.plan import stream_plan
from demo.streaming.progress import stream_line, stream_progress
from demo.streaming.table import stream_table
from tests.demo.builders import MIDNIGHT
from tests.demo.streams import (
    FIVE,
    TEN,
    make_interval,
    make_progress,
    make_stream,
    make_told,
    stream_pipeline,
)

LOOK = (
    make_interval(FIVE, events=30_000, counts={"rows_in_sql": 1_000}),
    make_interval(TEN, events=4_321, new_events=321, run_id=None, status=None),
)


def _text(renderable: RenderableType) -> str:
    console = Console(width=100, file=io.StringIO(), record=True)
    console.print(renderable)
    return console.export_text()


def test_progress_tells_both_ends() -> None:
    """What was sent, what has landed, each interval with its newest run, and rows in SQL."""
    line = stream_line(make_progress(sent=40_000), LOOK)
    assert line == (
        "40,000 (2,000 a second) sent, 34,321 landed; until 00:05: 30,000 events, run 2 completed; "
        "until 00:10: 4,321 events, 321 new; 1,000 rows in SQL"
    )
    plan = stream_plan(stream_pipeline(), 7, MIDNIGHT)
    text = _text(stream_progress(plan, make_progress(sent=40_000), LOOK))
    for words in ("40,000", "34,321", "until 00:05", "run 2 completed", "321 new", "1,000"):
        assert words in text


def test_progress_can_be_shown_before_there_is_any() -> None:
    """At first nothing is known, and a request that has to be sent again is told."""
    plan = stream_plan(stream_pipeline(), 7, MIDNIGHT)
    assert stream_line(None, ()) == "0 sent, 0 landed; 0 rows in SQL"
    assert "landed" in _text(stream_progress(plan, None, ()))
    assert "again: [busy]" in stream_line(make_progress(sent=1, trouble="[busy]"), ())
    assert "[busy]" in _text(stream_progress(plan, make_progress(sent=1, trouble="[busy]"), ()))


def test_the_table_tells_what_became_of_the_stream() -> None:
    """The sums, the faults and the seconds."""
    text = _text(stream_table(make_stream()))
    for name, value in {
        "accounted for": "yes",
        "events sent": "5",
        "events landed": "4",
        "events quarantined": "1",
        "runs": "4, 2 of them again",
        "faults detected": "1 of 1",
        "seconds to SQL, median": "4.0",
    }.items():
        [line] = [line for line in text.splitlines() if name in line]
        assert value in line
    assert "no" in _text(stream_table(make_stream(told=make_told(sent=6))))
