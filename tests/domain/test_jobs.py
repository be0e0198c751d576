"""The life of a batch job: what each status means to the chunk that waits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.jobs import (
    NOT_RESPONDING_GRACE_S,
    PHASES,
    Judgement,
    Phase,
    Verdict,
    judge,
    next_delay,
    phase_of,
)

RUNNING = [
    *["NotStarted", "Starting", "Provisioning", "Preparing", "Queued", "Running"],
    *["Finalizing", "CancelRequested"],
]
ENDED = ["Completed", "Failed", "Canceled", "Paused"]
SILENT = ["NotResponding", "Unknown"]
HOUR_S = 3600.0


def test_the_table_has_every_status_of_azure_ml() -> None:
    """The fourteen that are documented, and no other."""
    assert sorted(PHASES) == sorted([*RUNNING, *ENDED, *SILENT])


@pytest.mark.parametrize("status", RUNNING)
def test_a_job_that_runs_is_waited_for_up_to_its_timeout(status: str) -> None:
    """Without progress for longer than job_timeout it is cancelled, with status and time."""
    assert judge(status, "", 0, HOUR_S) == Judgement(Verdict.WAIT)
    assert judge(status, "", HOUR_S, HOUR_S) == Judgement(Verdict.WAIT)
    reason = f"the job was {status} without progress for 3601 s"
    assert judge(status, "", HOUR_S + 1, HOUR_S) == Judgement(Verdict.CANCEL, reason)


@pytest.mark.parametrize("status", [*SILENT, "AnInventionOf2030", ""])
def test_a_silent_job_has_a_grace_period(status: str) -> None:
    """It may recover; a status that nobody knows yet is treated the same."""
    assert phase_of(status) is Phase.SILENT
    assert judge(status, "", NOT_RESPONDING_GRACE_S, HOUR_S).verdict is Verdict.WAIT
    assert judge(status, "", NOT_RESPONDING_GRACE_S + 1, HOUR_S).verdict is Verdict.CANCEL


def test_the_grace_period_is_never_longer_than_the_timeout() -> None:
    """Who is impatient with a job that runs is no more patient with one that is silent."""
    assert judge("NotResponding", "", 31, 30).verdict is Verdict.CANCEL


def test_a_completed_job_is_collected_however_long_it_took() -> None:
    """Being late is no failure."""
    assert judge("Completed", "", 10 * HOUR_S, HOUR_S) == Judgement(Verdict.COLLECT)


@pytest.mark.parametrize("status", ["Failed", "Canceled"])
def test_a_job_that_ended_badly_fails_the_attempt(status: str) -> None:
    """With what the job says about it, if it says anything."""
    assert judge(status, "", 0, HOUR_S) == Judgement(
        Verdict.ATTEMPT_FAILED, f"the job ended {status}"
    )
    assert judge(status, "exit code 1", 0, HOUR_S).reason == f"the job ended {status}: exit code 1"


def test_a_paused_job_is_cancelled() -> None:
    """It has ended for whoever waits, but may be resumed by somebody: so it is cancelled."""
    assert judge("Paused", "", 0, HOUR_S) == Judgement(Verdict.CANCEL, "the job ended Paused")


@given(
    status=st.sampled_from(sorted(PHASES)),
    idle_s=st.floats(0, 1e6),
    timeout_s=st.floats(1, 1e5),
)
def test_no_job_is_waited_for_without_end(status: str, idle_s: float, timeout_s: float) -> None:
    """Whatever its status, a job without progress beyond its timeout is not waited for."""
    judgement = judge(status, "", idle_s, timeout_s)
    assert judgement.verdict is not Verdict.WAIT or idle_s <= timeout_s
    assert bool(judgement.reason) == (judgement.verdict in (Verdict.CANCEL, Verdict.ATTEMPT_FAILED))


def test_the_pause_grows_up_to_its_cap() -> None:
    """By the factor, and never beyond the cap."""
    assert (next_delay(10, 1.5, 120), next_delay(100, 1.5, 120)) == (15, 120)
