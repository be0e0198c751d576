"""The life of a batch job, as one table, and what a chunk does about each status.

Statuses are Azure ML's. What ends a job is Completed, Failed, Canceled and Paused; Finalizing and
CancelRequested still run; NotResponding and Unknown can recover, so they get a grace period.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

NOT_RESPONDING_GRACE_S = 600.0
"""How long a job may be NotResponding or Unknown before it counts as lost."""


class Phase(Enum):
    """What a status means to whoever waits for the job."""

    ACTIVE = "keep waiting"
    SILENT = "keep waiting, but not for long"
    SUCCEEDED = "collect the scores"
    ENDED = "this attempt is over"


PHASES: dict[str, Phase] = {
    "NotStarted": Phase.ACTIVE,
    "Starting": Phase.ACTIVE,
    "Provisioning": Phase.ACTIVE,
    "Preparing": Phase.ACTIVE,
    "Queued": Phase.ACTIVE,
    "Running": Phase.ACTIVE,
    "Finalizing": Phase.ACTIVE,
    "CancelRequested": Phase.ACTIVE,
    "NotResponding": Phase.SILENT,
    "Unknown": Phase.SILENT,
    "Completed": Phase.SUCCEEDED,
    "Failed": Phase.ENDED,
    "Canceled": Phase.ENDED,
    "Paused": Phase.ENDED,
}


class Verdict(Enum):
    """What to do after a look at a job."""

    WAIT = "wait"
    COLLECT = "collect"
    ATTEMPT_FAILED = "attempt failed"
    CANCEL = "cancel"


@dataclass(frozen=True)
class Judgement:
    """A verdict, and why."""

    verdict: Verdict
    reason: str = ""


def phase_of(status: str) -> Phase:
    """The phase of a status; one that Azure ML adds some day gets the benefit of the doubt."""
    return PHASES.get(status, Phase.SILENT)


def judge(status: str, message: str, idle_s: float, job_timeout_s: float) -> Judgement:
    """What to do about a job.

    Args:
        status: Azure ML's status.
        message: What the job says about its failure, if anything.
        idle_s: Seconds since the job last showed progress (a new status, or more output).
        job_timeout_s: How long it may go without progress.
    """
    phase = phase_of(status)
    if phase is Phase.SUCCEEDED:
        return Judgement(Verdict.COLLECT)
    if phase is Phase.ENDED:
        verdict = Verdict.CANCEL if status == "Paused" else Verdict.ATTEMPT_FAILED
        return Judgement(verdict, f"the job ended {status}" + (f": {message}" if message else ""))
    limit = job_timeout_s
    if phase is Phase.SILENT:
        limit = min(limit, NOT_RESPONDING_GRACE_S)
    if idle_s > limit:
        return Judgement(
            Verdict.CANCEL, f"the job was {status} without progress for {idle_s:.0f} s"
        )
    return Judgement(Verdict.WAIT)


def next_delay(delay_s: float, factor: float, cap_s: float) -> float:
    """The pause before the next look."""
    return min(delay_s * factor, cap_s)
