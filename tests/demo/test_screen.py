"""The screen: live on a terminal, plain when piped."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from demo.run_facts import RunFacts
from demo.run_progress import progress_line, progress_table
from demo.run_state import RunState
from demo.screen import Screen
from demo.summary_table import summary_table
from tests.demo.builders import FACTS, make_fault, make_outcome, make_scores

STATE = RunState(
    "p-1",
    "p",
    "Running",
    "scoring",
    {"events_read": 1_000_000, "windows": 144_000, "chunks": 15, "rows_in_sql": 40_000},
    {"queued": 4, "running": 4, "scored": 6, "failed": 1},
)


def _screen(*, terminal: bool) -> tuple[Screen, io.StringIO]:
    out = io.StringIO()
    return Screen(Console(file=out, force_terminal=terminal, width=80)), out


def test_piped_output_has_no_control_codes() -> None:
    """A log of the demo is plain text: one line per step, and progress now and then."""
    screen, out = _screen(terminal=False)
    with screen.step("run", "run [p]") as step:
        step.update("half")
        step.show(progress_table(STATE))
        screen.say_now_and_then("first")
        screen.say_now_and_then("too soon")
        step.done("x" * 100)
    text = out.getvalue()
    assert "\x1b" not in text
    assert text.splitlines()[0] == "  first"
    assert text.splitlines()[1].startswith(f"✓ run [p]: {'x' * 100}  0.")
    assert len(text.splitlines()) == 2


def test_a_terminal_shows_what_is_going_on() -> None:
    """On a terminal, a step's progress is drawn, and plain progress lines are left out."""
    screen, out = _screen(terminal=True)
    with screen.step("run", "run p") as step:
        step.update("half")
        step.show(progress_table(STATE))
        screen.say_now_and_then("plain")
    text = out.getvalue()
    assert "144,000" in text
    assert "\x1b" in text
    assert "plain" not in text


def test_seconds_of_steps_are_kept() -> None:
    """The summary tells how long each step took."""
    screen, _ = _screen(terminal=False)
    with screen.step("one", "one"):
        pass
    assert list(screen.seconds) == ["one"]
    assert screen.seconds["one"] >= 0


def test_a_step_that_fails_is_not_ticked_off() -> None:
    """What did not work is not shown as done."""
    screen, out = _screen(terminal=False)
    with pytest.raises(RuntimeError), screen.step("one", "one"):
        raise RuntimeError
    assert out.getvalue() == ""
    assert screen.seconds == {}


def test_the_progress_line_has_all_the_counts() -> None:
    """Events, windows, chunks by state, rows."""
    assert progress_line(STATE) == (
        "scoring: 1,000,000 events read, 144,000 windows, "
        "chunks 4 queued, 4 running, 6/15 scored, 1 failed, 40,000 rows in SQL"
    )


def test_the_progress_table_fits_an_ordinary_terminal() -> None:
    """Nothing is folded at eighty columns."""
    out = io.StringIO()
    Console(file=out, width=80).print(progress_table(STATE))
    lines = out.getvalue().splitlines()
    assert len(lines) == 5
    assert "✓ planning ● scoring reconciling" in lines[0]


def test_the_final_table_tells_what_was_found() -> None:
    """Faults and false alarms with made-up data, anomalies with a user's own."""
    scores = make_scores({("device-001", "heat"): [20]})
    for faults, words in (([make_fault(12, 40)], "1 of 1"), ([], "anomalies")):
        out = io.StringIO()
        Console(file=out, width=80).print(summary_table(make_outcome(faults, scores)))
        assert words in out.getvalue()
        assert "12,345" in out.getvalue()


def test_the_final_table_tells_drift_and_what_was_used() -> None:
    """A price and rejected rows are shown where there are any; a run without facts has none."""
    outcome = make_outcome([], make_scores({}))
    priceless = FACTS["cost"] | {"cost": None, "currency": None}
    rejected = {"unknown key": 1_200, "nan": 3}
    drifted = ["worst drift (PSI) value_std 0.412", "share of anomalies 1.250%"]
    drifted += ["quality warnings 1", "node-seconds 1,234.6"]
    for facts, there, missing in (
        (FACTS, [*drifted, "cost of the nodes 0.0994 USD"], ["rejected:"]),
        (FACTS | {"cost": priceless}, drifted, ["cost of the nodes"]),
        (FACTS | {"rejected": rejected}, ["rejected: unknown key 1,200", "rejected: nan 3"], []),
        ({}, ["rows scored"], ["drift", "node-seconds"]),
    ):
        out = io.StringIO()
        run = replace(outcome.run, facts=RunFacts(facts))
        Console(file=out, width=80).print(summary_table(replace(outcome, run=run)))
        text = " ".join(out.getvalue().replace("│", " ").split())
        assert all(words in text for words in there)
        assert not any(words in text for words in missing)
