"""Small streams for the tests of the demo's second act: two windows of one sensor, and a third."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from demo.data import Data
from demo.evaluation import evaluate
from demo.pipelines import read_pipeline
from demo.run_state import RunState
from demo.streaming.intervals import IntervalState
from demo.streaming.outcome import StreamOutcome
from demo.streaming.sent import Sent
from domain.pipeline import Pipeline
from domain.windows import from_us, to_us
from simulate import Progress, Reading, Sending, Summary
from tests.demo.builders import MIDNIGHT, ROOT, make_fault

FIVE, TEN = "2026-01-10T00-05-00Z", "2026-01-10T00-10-00Z"
MINUTE = timedelta(minutes=1)
SENT_AT = 1_000.0
"""Seconds since 1970, as the sender's clock says it."""


def stream_pipeline() -> Pipeline:
    """The pipeline that the second act streams into."""
    return read_pipeline("fleet_stream", ROOT / "pipelines")


def make_event(at: datetime, sensor: str = "heat", **changes: Any) -> Sending:
    """A good event of device-001 with one reading, sent when it happened."""
    us = to_us(at)
    event = Sending(0, us, us, "device-001", (Reading(us, sensor, 1.0),), b"{}", "good")
    return event._replace(**changes)


def make_sent() -> Sent:
    """Five events: one in each of three windows, one of them sent again, and garbage.

    The windows end after 1, 6 and 10 minutes; their last events were acknowledged 0, 3 and 2
    seconds after SENT_AT.
    """
    sent = Sent(stream_pipeline())
    sent([make_event(MIDNIGHT + 0.5 * MINUTE), make_event(MIDNIGHT + 5.5 * MINUTE)], SENT_AT)
    sent([make_event(MIDNIGHT + 10 * MINUTE)], SENT_AT + 2)
    copy = make_event(MIDNIGHT + 5.5 * MINUTE, kind="duplicate")
    garbage = make_event(MIDNIGHT + 7 * MINUTE, readings=(), kind="garbage", reason="not_json")
    sent([copy, garbage], SENT_AT + 3)
    return sent


def make_interval(label: str, **changes: Any) -> IntervalState:
    """An interval whose second run has read everything, unless it is said otherwise."""
    run_id = f"fleet_stream-{label}-r2"
    state = IntervalState(label, 2, 0, False, run_id, 2, "Completed", {"events_read": 2})
    return replace(state, **changes)


def make_run(label: str, **counts: int) -> RunState:
    """The newest run of an interval."""
    run_id = f"fleet_stream-{label}-r2"
    return RunState(run_id, "fleet_stream", "Completed", "ended", counts, reconciled=True)


def make_rows() -> pd.DataFrame:
    """The three windows' rows, written 4, 8 and 6 seconds after SENT_AT; the first is flagged."""
    ends = [MIDNIGHT + minutes * MINUTE for minutes in (1, 6, 10)]
    return pd.DataFrame(
        {
            "device": "device-001",
            "sensor": "heat",
            "window_end": pd.Series(ends),
            "score": [9.0, 2.0, 2.0],
            "threshold": 6.0,
            "is_anomaly": [True, False, False],
            "scored_at": [from_us(int((SENT_AT + s) * 1e6)) for s in (4, 8, 6)],
        }
    )


def make_told(**changes: Any) -> Summary:
    """What the sender tells of the five events."""
    kinds = Counter({"good": 3, "late": 0, "disordered": 0, "duplicate": 1, "garbage": 1})
    told = Summary(
        sent=5,
        kinds=dict(kinds),
        garbage={"not_json": 1},
        readings=4,
        requests=3,
        resent=0,
        abandoned=0,
        seconds=2.5,
        per_s=2.0,
        max_lag_s=0.1,
        first=MIDNIGHT,
        last=MIDNIGHT + 10 * MINUTE,
        faults=(),
    )
    return replace(told, **changes)


def make_stream(**changes: Any) -> StreamOutcome:
    """A stream of which everything is accounted for, and one fault that was found."""
    faults = [make_fault(0, 2)]
    rows = make_rows()
    first = make_run(FIVE, events_read=1, events_late=0, windows=1, rows_in_sql=1)
    second = make_run(
        TEN, events_read=3, events_duplicate=1, events_late=1, windows=2, rows_in_sql=2
    )
    outcome = StreamOutcome(
        pipeline=stream_pipeline(),
        data=Data(MIDNIGHT, MIDNIGHT + 10 * MINUTE, 5, pd.DataFrame(), faults),
        model={"name": "stream", "version": "20260110-def", "trained": {"keys": 1}},
        told=make_told(),
        sent=make_sent(),
        intervals=(make_interval(FIVE, revision=1), make_interval(TEN, revision=3)),
        runs=(first, second),
        quarantined={"the event must be JSON": 1},
        scores=rows,
        evaluation=evaluate(rows, faults, MINUTE),
    )
    return replace(outcome, **changes)


def make_progress(**changes: Any) -> Progress:
    """A sender in the middle of its work."""
    progress = Progress(
        elapsed_s=15.0,
        sent=0,
        kinds={},
        per_s=2_000.0,
        lag_s=0.0,
        waiting=0,
        requests=1,
        resent=0,
        stream_time=MIDNIGHT,
        trouble=None,
    )
    return replace(progress, **changes)
