"""The arithmetic of detected faults and false alarms, on scores one can count by hand."""

from __future__ import annotations

import pytest

from demo.evaluation import evaluate
from tests.demo.builders import FIVE_MINUTES, make_fault, make_scores

HEAT = ("device-001", "heat")


def test_a_fault_is_detected_by_an_overlapping_flag_of_its_key() -> None:
    """One flagged window that overlaps the fault is enough."""
    (finding,) = evaluate(make_scores({HEAT: [35]}), [make_fault(12, 40)], FIVE_MINUTES).findings
    assert finding.detected
    assert (finding.windows, finding.flagged) == (6, 1)
    assert finding.peak == pytest.approx(5.0)
    assert finding.delay_s == 23 * 60


@pytest.mark.parametrize(
    ("flagged", "detected"),
    [
        ({HEAT: [10]}, False),  # (5, 10] ends before the fault begins at 12
        ({HEAT: [15]}, True),  # (10, 15] holds its beginning
        ({HEAT: [45]}, False),  # (40, 45] begins when the fault, [12, 40), has ended
        ({HEAT: [40]}, True),
        ({("device-001", "speed"): [20]}, False),
        ({("device-002", "heat"): [20]}, False),
    ],
)
def test_only_overlapping_windows_of_the_same_key_count(
    flagged: dict[tuple[str, str], list[int]], detected: bool
) -> None:
    """Windows beside the fault, and other keys, do not detect it."""
    found = evaluate(make_scores(flagged), [make_fault(12, 40)], FIVE_MINUTES)
    assert found.detected == int(detected)


def test_a_window_that_ends_as_the_fault_begins_overlaps() -> None:
    """Windows are closed at their end, so (10, 15] holds the instant at which a fault starts."""
    found = evaluate(make_scores({HEAT: [15]}), [make_fault(15, 40)], FIVE_MINUTES)
    assert found.detected == 1


def test_false_alarms_are_a_share_of_the_windows_without_fault() -> None:
    """Flags outside all faults, over all windows outside all faults."""
    scores = make_scores({HEAT: [20, 60], ("device-002", "speed"): [20, 25]})
    found = evaluate(scores, [make_fault(12, 40)], FIVE_MINUTES)
    assert found.false_alarm_rate == pytest.approx(3 / (4 * 24 - 6))


def test_windows_in_two_faults_count_once() -> None:
    """Faults that overlap do not take a window from the healthy ones twice."""
    scores = make_scores({HEAT: [60]})
    found = evaluate(scores, [make_fault(10, 30), make_fault(20, 40)], FIVE_MINUTES)
    assert found.false_alarm_rate == pytest.approx(1 / (96 - 7))
    assert found.detected == 0


def test_a_missed_fault_has_no_delay() -> None:
    """What was not found has no time of finding, but a highest score."""
    (finding,) = evaluate(make_scores({}), [make_fault(12, 40)], FIVE_MINUTES).findings
    assert (finding.detected, finding.delay_s) == (False, None)
    assert finding.peak == pytest.approx(1 / 3)


def test_without_faults_nobody_knows_what_a_false_alarm_is() -> None:
    """A user's own data give no rate."""
    found = evaluate(make_scores({HEAT: [10]}), [], FIVE_MINUTES)
    assert (found.findings, found.detected, found.false_alarm_rate) == ((), 0, None)


def test_a_fault_without_any_scores_is_missed() -> None:
    """A key that was never scored cannot have been found out."""
    scores = make_scores({})
    found = evaluate(scores, [make_fault(1, 9, device="device-7")], FIVE_MINUTES)
    assert (found.detected, found.findings[0].windows, found.findings[0].peak) == (0, 0, 0.0)
