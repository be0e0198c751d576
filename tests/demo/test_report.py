"""The summary and the report hold what the run has shown, and nothing that could break the page."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from demo.data import Data
from demo.outcome import Outcome, summary
from demo.report import report_html
from demo.report.page import MOST_CHARTS, chosen_keys
from demo.run_facts import RunFacts
from demo.run_state import RunState
from demo.story import write_results
from domain.pipeline.quality import Quality
from tests.demo.builders import (
    COLUMNS,
    FACTS,
    MIDNIGHT,
    fleet_pipeline,
    make_fault,
    make_outcome,
    make_scores,
)
from tests.demo.streams import make_stream, make_told

HEAT = ("device-001", "heat")
SCORES = make_scores({HEAT: [20, 25, 90]})
FAULTS = [make_fault(12, 40), make_fault(50, 70, device="device-002", kind="stuck")]
VOID = {"meta", "link", "br"}


class Balance(HTMLParser):
    """Checks that every element that is opened is closed, in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remembers the element."""
        del attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element that is closed where it is opened."""

    def handle_endtag(self, tag: str) -> None:
        """The element that was opened last must be the one that ends."""
        assert self.open.pop() == tag


@pytest.fixture
def outcome() -> Outcome:
    """Two faults, one found, and one false alarm."""
    return make_outcome(FAULTS, SCORES)


def test_the_summary_has_every_promised_field(outcome: Outcome) -> None:
    """Ids, counts, what was found, and seconds by stage."""
    found = summary(outcome)
    assert found["run_id"] == "fleet_health-1"
    assert (found["status"], found["reconciled"]) == ("Completed", True)
    assert (found["events_read"], found["events_quarantined"]) == (12_345, 3)
    assert found["windows"] == found["rows_scored"] == found["rows_in_sql"] == len(SCORES)
    assert (found["rows_rejected"], found["chunks"], found["jobs_submitted"]) == (0, 2, 2)
    assert (found["injected_faults"], found["detected_faults"]) == (2, 1)
    assert found["false_alarm_rate"] == pytest.approx(1 / (96 - 6 - 5))
    assert found["seconds"] == {
        "start_stand_in": 2.0,
        "run": 9.5,
        "run.aggregating": 1.5,
        "run.scoring": 6.25,
        "total": 11.5,
    }


def test_the_summary_has_the_facts_of_the_run(outcome: Outcome) -> None:
    """Drift, warnings and what the run used are as the app tells them."""
    assert json.loads(json.dumps(summary(outcome)))["facts"] == FACTS


def test_the_summary_of_a_users_file_has_no_false_alarm_rate() -> None:
    """Nobody knows which alarms are false there."""
    found = summary(make_outcome([], SCORES))
    assert (found["injected_faults"], found["detected_faults"]) == (0, 0)
    assert found["false_alarm_rate"] is None
    assert found["anomalies"] == 3


def test_the_report_shows_what_happened(outcome: Outcome) -> None:
    """Headline numbers, the path of the data, both faults, and the seconds are on the page."""
    page = report_html(outcome)
    for text in ("12,345", "1 of 2", "1.18%", "fleet_health-1", "3 quarantined", "Completed"):
        assert text in page
    assert ">detected</span>" in page
    assert ">missed</span>" in page
    assert "96 windows written = 96 scored + 0 rejected = 96 rows in SQL" in page
    assert "aggregating" in page


def test_the_report_is_one_well_formed_page_that_loads_nothing(outcome: Outcome) -> None:
    """Elements are balanced, no placeholder is left, and there is no address to load from."""
    page = report_html(outcome)
    assert Balance(page).open == []
    assert not re.findall(r"\$[a-z_]+", page)
    assert not re.findall(r"(?:src|href)=|url\(|@import|<script", page)
    assert "prefers-color-scheme: dark" in page


def test_every_flagged_window_is_in_the_overview(outcome: Outcome) -> None:
    """Flags during faults and without one are told apart."""
    overview = report_html(outcome).split("<h2>All keys</h2>")[1].split("</section>")[0]
    assert overview.count('class="flag"') == 2
    assert overview.count('class="stray"') == 1
    assert overview.count('<rect class="fault"') == 2


def test_keys_with_a_picture_of_their_own(outcome: Outcome) -> None:
    """One fault of each kind comes first, what was missed before what was found."""
    keys = chosen_keys(outcome)
    assert keys[:2] == [HEAT, ("device-002", "heat")]
    assert len(keys) == len(set(keys)) <= MOST_CHARTS
    pictures = report_html(outcome).split("Scores over time</h2>")[1].split("</section>")[0]
    assert pictures.count("<svg") == 4
    assert pictures.count('class="threshold"') == 4


def test_a_missed_fault_is_preferred_in_the_pictures() -> None:
    """Of two faults of a kind, the one that was missed is shown."""
    faults = [make_fault(12, 40), make_fault(50, 70, device="device-002")]
    assert chosen_keys(make_outcome(faults, SCORES))[0] == ("device-002", "heat")


def _quality(outcome: Outcome) -> str:
    page = report_html(outcome)
    assert Balance(page).open == []
    return page.split("<h2>Quality and drift</h2>")[1].split("</section>")[0]


def test_every_measured_column_is_a_row_with_its_drift(outcome: Outcome) -> None:
    """A bar beside each index: red above the threshold, pale where too few values were seen."""
    section = _quality(outcome)
    rows = section.split("<tbody>")[1].split("<tr>")[1:]
    assert [row.split("<td>")[1].removesuffix("</td>") for row in rows] == [
        "value_mean",
        "value_std",
        "is_anomaly",
        "score",
    ]
    bars = ['class="pale"', 'class="flag"', 'class="events"', 'class="events"']
    words = [
        'aria-label="PSI 0.100, within the threshold 0.25, of too few values to judge"',
        'aria-label="PSI 0.412, above the threshold 0.25"',
        'aria-label="PSI 0.000, within the threshold 0.25"',
        'aria-label="PSI &lt; 0.001, within the threshold 0.25"',
    ]
    for row, bar, text in zip(rows, bars, words, strict=True):
        assert bar in row
        assert text in row
    assert "<td>9,600</td><td>7</td><td>0</td><td>0.65</td><td>9.5</td>" in rows[1]
    assert "<td>1,234,567</td>" in rows[0]
    assert "<td>1.25% (0.10% in training)</td>" in rows[2]
    assert "<td>1.5</td><td>3</td><td>8</td>" in rows[3]


def test_a_bar_ends_within_its_picture(outcome: Outcome) -> None:
    """The threshold is in the middle, whatever it is; far above it, the bar is full."""
    far = replace(COLUMNS[1], psi=7.0)
    quality = {"columns": {"value_std": {"psi": 2}}}
    pipeline = fleet_pipeline().model_copy(update={"quality": Quality.model_validate(quality)})
    section = _quality(replace(outcome, columns=(far, COLUMNS[1]), pipeline=pipeline))
    assert '<rect class="flag" x="0.0" y="2.0" width="96.0"' in section
    assert f'<rect class="events" x="0.0" y="2.0" width="{48 * 0.4123 / 2:.1f}"' in section
    assert section.count('points="48.0,0.0 48.0,12.0"') == 2


def test_drift_without_a_threshold_is_no_warning(outcome: Outcome) -> None:
    """A pipeline that judges no drift has bars without a threshold."""
    pipeline = fleet_pipeline().model_copy(update={"quality": Quality(psi=None)})
    section = _quality(replace(outcome, pipeline=pipeline))
    assert 'aria-label="PSI 0.412"' in section
    assert 'class="limit"' not in section
    assert 'class="flag"' not in section


def test_what_the_run_used_is_told_with_the_reason(outcome: Outcome) -> None:
    """Warnings, node-seconds, cost, sizes and rejected rows are sentences of the section."""
    facts = RunFacts(FACTS | {"rejected": {"unknown key": 1_200, "nan": 3}})
    section = _quality(replace(outcome, run=replace(outcome.run, facts=facts)))
    for text in (
        "<li>`value_std` has drifted: PSI 0.412, above 0.25</li>",
        "The worst here: value_std 0.412.",
        "Rejected rows: 1,200 unknown key, 3 nan.",
        "Deployment fleet: 1,234.6 node-seconds, 0.0994 USD: 2 jobs used 0.343 node hours",
        "Sizes: 100 rows x 4 parts, as told.",
    ):
        assert text in section


def test_a_switched_model_is_named_in_every_row(outcome: Outcome) -> None:
    """Only a column that two versions have scored stands there twice, and says by which."""
    assert "<th>model</th>" not in _quality(outcome)
    twice = (COLUMNS[1], replace(COLUMNS[1], model_version="v2"))
    section = _quality(replace(outcome, columns=twice))
    assert "<td>v1</td>" in section
    assert "<td>v2</td>" in section


def test_a_quality_that_is_not_known_says_why(outcome: Outcome) -> None:
    """What the run used is told all the same; without either there is no section."""
    facts = RunFacts(FACTS | {"quality": {"error": "the lake was away"}})
    run = replace(outcome.run, facts=facts)
    section = _quality(replace(outcome, run=run, columns=()))
    assert "quality is not known: the lake was away" in section
    assert "No column was measured." in section
    run = replace(outcome.run, facts=RunFacts())
    assert "Quality and drift" not in report_html(replace(outcome, run=run, columns=()))


def test_the_stream_has_a_section_of_its_own(outcome: Outcome) -> None:
    """Bars of what arrived, flagged windows, faults, intervals and reasons; and the proof."""
    page = report_html(replace(outcome, stream=make_stream()))
    assert Balance(page).open == []
    section = page.split("<h2>The stream</h2>")[1].split("</section>")[0]
    assert section.count('<rect class="events"') == 3
    assert section.count('<rect class="fault"') == 1
    assert section.count('<rect class="flag"') == 1
    assert section.count('<polyline class="threshold"') == 1
    for text in (
        "5 events sent = 4 landed + 1 quarantined",
        "accounted for",
        "1 duplicates",
        "2026-01-10T00-10-00Z",
        "the event must be JSON",
        "4.0 s in the middle",
    ):
        assert text in section
    found = summary(replace(outcome, stream=make_stream()))
    assert found["stream"]["accounted_for"] is True


def test_a_stream_that_does_not_add_up_is_shown(outcome: Outcome) -> None:
    """The problem stands where the proof would stand."""
    stream = make_stream(told=make_told(sent=6), quarantined={}, scores=make_stream().scores[:0])
    page = report_html(replace(outcome, stream=stream))
    assert Balance(page).open == []
    assert "6 events sent is not 4 landed + 0 quarantined" in page
    assert "The quarantine is empty" in page


def test_without_a_stream_there_is_no_section(outcome: Outcome) -> None:
    """Neither on the page nor in the summary."""
    assert "The stream" not in report_html(outcome)
    assert "stream" not in summary(outcome)


def test_names_from_data_cannot_break_the_page() -> None:
    """Keys and errors of a user's data are shown as text, whatever they hold."""
    evil = "<script>alert('$run_id')</script>&\"x"
    scores = SCORES.assign(device=SCORES["device"].replace("device-001", evil))
    told = {"deployment": evil, "rejected": {evil: 1}, "quality": {"error": evil}}
    facts = RunFacts(FACTS | told)
    run = RunState(evil, "p", "Failed", errors=(evil,), reconciled=False, facts=facts)
    columns = [replace(COLUMNS[0], column_name=evil, role=evil)]
    page = report_html(make_outcome([], scores, run=run, columns=columns))
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert Balance(page).open == []
    assert "does not add up" in page


def test_a_users_file_shows_its_anomalies() -> None:
    """Without faults, the page lists the windows that stand out, and shades what was learned."""
    data = Data(
        MIDNIGHT,
        MIDNIGHT + timedelta(hours=2),
        12_345,
        pd.DataFrame(),
        learned_until=MIDNIGHT + timedelta(hours=1),
    )
    page = report_html(make_outcome([], SCORES, data=data))
    assert "<h2>Anomalies</h2>" in page
    assert page.count("2026-01-10 00:2") == 2
    assert 'class="learned"' in page
    assert "what the model learned from" in page


def test_a_run_without_scores_still_has_a_report(tmp_path: Path) -> None:
    """A run that failed before anything was scored leaves a page that says so."""
    run = RunState("r", "fleet_health", "Failed", errors=("run: no such endpoint",))
    outcome = make_outcome([], SCORES[:0], run=run)
    report = write_results(outcome, tmp_path)
    assert "no such endpoint" in report.read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads((tmp_path / "summary.json").read_text())
    assert (found["status"], found["rows_in_sql"], found["errors"]) == (
        "Failed",
        0,
        ["run: no such endpoint"],
    )


def test_rejected_rows_are_not_drawn() -> None:
    """A window without a score leaves a gap, not a point."""
    scores = SCORES.copy()
    scores.loc[scores.index[:8], ["score", "threshold"]] = None
    assert "nan" not in report_html(make_outcome(FAULTS, scores)).lower().replace("nanum", "")


def test_a_long_span_is_thinned_but_keeps_every_flag() -> None:
    """Weeks of windows give a page that a browser can show."""
    scores = make_scores({HEAT: [10_000, 20_000]}, hours=24 * 30)
    data = Data(MIDNIGHT, MIDNIGHT + timedelta(days=30), 1, pd.DataFrame())
    page = report_html(make_outcome([], scores, data=data))
    assert len(page) < 500_000
    assert page.count('<circle class="flag"') == 4
