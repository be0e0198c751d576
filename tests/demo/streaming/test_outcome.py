"""The two ends of the stream side by side: what adds up, what does not, and how long it took."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from demo.run_facts import RunFacts
from demo.streaming.latency import Latency, latency
from demo.streaming.outcome import stream_summary
from tests.demo.streams import FIVE, TEN, make_rows, make_run, make_sent, make_stream, make_told


def test_a_stream_that_adds_up_is_good() -> None:
    """Five events sent are four that landed, and one in the quarantine."""
    outcome = make_stream()
    assert outcome.accounted_for
    assert outcome.problems == []
    assert outcome.is_good
    assert outcome.proof == "5 events sent = 4 landed + 1 quarantined"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"told": make_told(sent=6)}, "6 events sent is not 4 landed + 1 quarantined"),
        ({"told": make_told(sent=4)}, "4 events sent is not 4 landed + 1 quarantined"),
        ({"quarantined": {}}, "5 events sent is not 4 landed + 0 quarantined"),
        ({"told": make_told(abandoned=7)}, "7 events were due and not sent"),
        ({"scores": make_rows()[:2]}, "SQL has 2 rows where the runs tell 3"),
    ],
)
def test_what_does_not_add_up_is_a_sentence(changes: dict[str, Any], problem: str) -> None:
    """One event too few or too many, and one row, make the demo fail."""
    outcome = make_stream(**changes)
    assert problem in outcome.problems
    assert not outcome.is_good


@pytest.mark.parametrize(
    ("counts", "problems"),
    [
        ({"windows": 3, "rows_in_sql": 2}, ["4 windows were computed of 3 that were sent",
                                            "4 windows are not 3 in SQL + 0 rejected"]),
        ({"windows": 2, "rows_in_sql": 1}, ["3 windows are not 2 in SQL + 0 rejected",
                                            "SQL has 3 rows where the runs tell 2"]),
        ({"windows": 1, "rows_in_sql": 2}, ["2 windows were computed of 3 that were sent",
                                            "2 windows are not 3 in SQL + 0 rejected"]),
    ],
)  # fmt: skip
def test_windows_are_counted_at_all_places(counts: dict[str, int], problems: list[str]) -> None:
    """As many as the sender knows must be computed, and each must be in SQL or rejected."""
    first = make_stream().runs[0]
    outcome = make_stream(runs=(first, make_run(TEN, events_read=3, **counts)))
    assert outcome.problems == problems


def test_a_rejected_row_is_accounted_for() -> None:
    """A window without a score is not lost: it is in the table of rejected rows."""
    first = make_stream().runs[0]
    second = make_run(TEN, events_read=3, windows=2, rows_in_sql=1, rows_rejected=1)
    assert make_stream(runs=(first, second), scores=make_rows()[:2]).is_good


@pytest.mark.parametrize(
    "changes", [{"status": "Failed"}, {"status": "CompletedWithErrors"}, {"reconciled": False}]
)
def test_a_run_that_is_not_proven_is_a_problem(changes: dict[str, Any]) -> None:
    """The newest run of each interval must have completed and reconciled; its errors are told."""
    first, second = make_stream().runs
    bad = replace(second, errors=("chunk 1: lost",), **changes)
    found = make_stream(runs=(first, bad)).problems
    assert found == [
        f"run {bad.run_id} is {bad.status}, not reconciled",
        f"run {bad.run_id}: chunk 1: lost",
    ]


def test_latency_is_from_the_last_event_to_the_row() -> None:
    """Windows took 4, 5 and 4 seconds; the one that was sent again counts from then."""
    found = latency(make_sent().last_sent, make_rows())
    assert found is not None
    assert (found.p50, found.max) == (pytest.approx(4.0), pytest.approx(5.0))
    assert found.p90 == pytest.approx(4.8)
    assert found.as_json() == {"p50": 4.0, "p90": 4.8, "p99": 4.98, "max": 5.0}


def test_without_rows_there_is_no_latency() -> None:
    """A stream that failed has none, rather than one of zero."""
    assert latency(make_sent().last_sent, make_rows()[:0]) is None
    assert latency({}, make_rows()) is None
    other = make_rows().assign(device="device-009")
    assert latency(make_sent().last_sent, other) is None


def test_the_summary_has_every_promised_field() -> None:
    """Both ends, what became of events on the way, and the equation that must hold."""
    facts = {"deployment": "stream"}
    first, second = make_stream().runs
    runs = (first, replace(second, facts=RunFacts(facts)))
    found = json.loads(json.dumps(stream_summary(make_stream(runs=runs))))
    assert found.pop("intervals") == [
        {"interval": FIVE, "run_id": f"fleet_stream-{FIVE}-r2", "revision": 1, "events_read": 1,
         "status": "Completed", "reconciled": True, "windows": 1, "rows_in_sql": 1, "facts": {}},
        {"interval": TEN, "run_id": f"fleet_stream-{TEN}-r2", "revision": 3, "events_read": 3,
         "status": "Completed", "reconciled": True, "windows": 2, "rows_in_sql": 2, "facts": facts},
    ]  # fmt: skip
    assert found == {
        "pipeline": "fleet_stream",
        "from": "2026-01-10T00:00:00+00:00",
        "to": "2026-01-10T00:10:00+00:00",
        "model_version": "20260110-def",
        "events_sent": 5,
        "events_by_kind": {"good": 3, "late": 0, "disordered": 0, "duplicate": 1, "garbage": 1},
        "readings_sent": 4,
        "requests_resent": 0,
        "landed": 4,
        "duplicates_removed": 1,
        "redelivered": 0,
        "late": 1,
        "quarantined": 1,
        "quarantine_reasons": {"the event must be JSON": 1},
        "equation": "events_sent = landed + quarantined",
        "accounted_for": True,
        "windows": 3,
        "rows_in_sql": 3,
        "rows_rejected": 0,
        "runs": 4,
        "revisions": 2,
        "anomalies": 1,
        "injected_faults": 1,
        "detected_faults": 1,
        "false_alarm_rate": 0.0,
        "latency_s": Latency(4.0, 4.8, 4.98, 5.0).as_json(),
        "problems": [],
    }


def test_a_stream_of_which_nothing_is_left_has_a_summary() -> None:
    """Also the worst outcome can be written down."""
    outcome = make_stream(runs=(), intervals=(), scores=make_rows()[:0], quarantined={})
    found = stream_summary(outcome)
    assert (found["accounted_for"], found["latency_s"], found["runs"]) == (False, None, 0)
    assert not outcome.is_good
    assert isinstance(outcome.scores, pd.DataFrame)
