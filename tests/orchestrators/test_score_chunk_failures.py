"""One chunk: jobs that fail, hang or vanish, and services that stay away."""

from collections.abc import Iterator
from itertools import repeat

import pytest

from domain import jobs, names
from domain.messages import Failure, JobLook
from orchestrators.calls import SERVICE_RETRY
from orchestrators.score_chunk import score_chunk
from tests.orchestrators.replaying import Broken, Json, Life, World, play
from tests.orchestrators.scenes import (
    always,
    answer,
    chunk_order,
    chunk_world,
    in_turn,
    look,
    refusal,
)

SCORED = {"chunk": 7, "scored": True}
GIVEN_UP = {"chunk": 7, "scored": False}


def chunk(world: World, **policy: object) -> list[Life]:
    """The lives of a chunk's orchestration."""
    return play(score_chunk, chunk_order(**policy).to_json(), world)


def attempts(lives: list[Life], name: str = names.SUBMIT_SCORING_JOB) -> list[int]:
    """The attempts for which an activity was called."""
    return [call.input["attempt"] for life in lives for call in life.called(name)]


def failures(lives: list[Life]) -> list[Failure]:
    """What was reported."""
    reports = [call for life in lives for call in life.called(names.REPORT_FAILURE)]
    return [Failure.from_json(call.input) for call in reports]


def told(lives: list[Life]) -> list[tuple[int | None, bool, str]]:
    """Attempt, whether it was final, and reason of every report."""
    return [(failure.attempt, failure.final, failure.reason) for failure in failures(lives)]


def silent_for(status: str, seconds: float, then: str, every: float = 60.0) -> Iterator[JobLook]:
    """Looks at a job that keeps a status for so long at the cap's pace."""
    yield from repeat(look(status), int(seconds // every))
    yield look(then)


def test_a_failed_job_is_followed_by_the_next_attempt() -> None:
    """The failure is reported with its attempt and reason, and another job is submitted."""
    lives = chunk(chunk_world(look("Failed", message="node lost"), look("Completed")))
    assert attempts(lives) == [1, 2]
    assert told(lives) == [(1, False, "the job ended Failed: node lost")]
    assert lives[-1].output == SCORED


def test_the_next_attempt_is_watched_from_the_first_pause_on() -> None:
    """A new job has a history, a pace and a progress of its own."""
    looks = [look("Running", n) for n in range(4)] + [look("Canceled"), look("Completed")]
    first, second = chunk(chunk_world(*looks))
    assert [call.wait.total_seconds() for call in first.called("timer")][-1] == 60.0
    assert [call.wait.total_seconds() for call in second.called("timer")] == [10.0]


def test_after_the_last_attempt_the_chunk_is_given_up() -> None:
    """The last report is final, and the orchestration ends as data, not as an exception."""
    lives = chunk(chunk_world(*[look("Failed")] * 3), max_attempts=3)
    assert attempts(lives) == [1, 2, 3]
    assert [(f.attempt, f.final) for f in failures(lives)] == [(1, False), (2, False), (3, True)]
    assert (lives[-1].output, lives[-1].error) == (GIVEN_UP, None)


def test_a_stuck_job_is_cancelled_and_resubmitted() -> None:
    """A job that shows no progress for longer than job_timeout is over."""
    stuck = silent_for("Running", 2400, then="Running")
    world = chunk_world()
    world[names.GET_JOB_STATUS] = lambda order: answer(
        next(stuck) if order["attempt"] == 1 else look("Completed")
    )
    lives = chunk(world, job_timeout_s=1800.0)
    assert attempts(lives, names.CANCEL_JOB) == [1]
    assert attempts(lives) == [1, 2]
    [(attempt, final, reason)] = told(lives)
    assert (attempt, final) == (1, False)
    assert reason.startswith("the job was Running without progress for 18")
    assert lives[-1].output == SCORED


def test_progress_resets_the_clock() -> None:
    """Another file among the job's output is progress: a slow job may take for ever."""
    slow = [look("Running", n // 8) for n in range(50)]
    lives = chunk(chunk_world(*slow, look("Completed")), job_timeout_s=600.0)
    assert attempts(lives) == [1]
    assert lives[-1].output == SCORED


def test_a_job_that_hangs_across_lives_is_found() -> None:
    """The idle time survives continue-as-new."""
    lives = chunk(
        chunk_world(*silent_for("Running", 5000, then="Running")),
        job_timeout_s=4000.0,
        max_attempts=1,
    )
    assert len(lives) == 3
    assert attempts(lives, names.CANCEL_JOB) == [1]
    assert lives[-1].output == GIVEN_UP


@pytest.mark.parametrize("status", ["NotResponding", "Unknown", "AnInventionOf2030"])
def test_a_silent_job_may_recover(status: str) -> None:
    """Within the grace period nothing happens to it."""
    looks = [look("Running"), *silent_for(status, 480, then="Running"), look("Completed")]
    lives = chunk(chunk_world(*looks))
    assert attempts(lives) == [1]
    assert lives[-1].output == SCORED


@pytest.mark.parametrize("status", ["NotResponding", "Unknown", "AnInventionOf2030"])
def test_a_job_that_stays_silent_is_cancelled_and_resubmitted(status: str) -> None:
    """The grace period is shorter than the patience with a job that answers."""
    lost = silent_for(status, 900, then=status)
    world = chunk_world()
    world[names.GET_JOB_STATUS] = lambda order: answer(
        next(lost) if order["attempt"] == 1 else look("Completed")
    )
    lives = chunk(world, job_timeout_s=86400.0)
    assert attempts(lives, names.CANCEL_JOB) == [1]
    assert attempts(lives) == [1, 2]
    assert lives[-1].output == SCORED


def test_a_paused_job_is_cancelled_and_resubmitted() -> None:
    """Nobody would resume it, and it may hold nodes."""
    lives = chunk(chunk_world(look("Paused"), look("Completed")))
    assert attempts(lives, names.CANCEL_JOB) == [1]
    assert told(lives) == [(1, False, "the job ended Paused")]
    assert lives[-1].output == SCORED


@pytest.mark.parametrize("status", sorted(jobs.PHASES))
def test_every_status_leads_to_an_end(status: str) -> None:
    """Whatever a job says and goes on saying, its chunk ends, and within the attempts allowed."""
    world = chunk_world(**{names.GET_JOB_STATUS: always(answer(look(status)))})
    lives = chunk(world, job_timeout_s=900.0, max_attempts=2, poll_cap_s=300.0)
    phase = jobs.PHASES[status]
    assert lives[-1].output == (SCORED if phase is jobs.Phase.SUCCEEDED else GIVEN_UP)
    assert len(attempts(lives)) == (1 if phase is jobs.Phase.SUCCEEDED else 2)
    cancelled = phase in (jobs.Phase.ACTIVE, jobs.Phase.SILENT) or status == "Paused"
    assert len(attempts(lives, names.CANCEL_JOB)) == (2 if cancelled else 0)


def test_scores_that_do_not_add_up_are_computed_again() -> None:
    """What is wrong with one job's output says nothing about another job's."""
    few = refusal("PredictionsError", "must have one row per window (10); has 9")
    upserted = chunk_world()[names.UPSERT_SCORES]({})
    world = chunk_world(*[look("Completed")] * 2)
    lives = chunk(world | {names.UPSERT_SCORES: in_turn(few, upserted)})
    assert attempts(lives) == [1, 2]
    assert told(lives) == [(1, False, "must have one row per window (10); has 9")]
    assert lives[-1].output == SCORED


@pytest.mark.parametrize(
    ("activity", "error"),
    [
        (names.SUBMIT_SCORING_JOB, "EndpointError"),
        (names.SUBMIT_SCORING_JOB, "RunCancelledError"),
        (names.GET_JOB_STATUS, "EndpointError"),
        (names.UPSERT_SCORES, "ScoresDbError"),
    ],
)
def test_other_refusals_are_for_good(activity: str, error: str) -> None:
    """Another job would meet the same refusal: no further attempt, and the reason as it stands."""
    world = chunk_world(look("Completed")) | {activity: always(refusal(error, "no: because"))}
    lives = chunk(world, max_attempts=5)
    assert attempts(lives) == [1]
    assert told(lives) == [(1, True, "no: because")]
    assert lives[-1].output == GIVEN_UP


@pytest.mark.parametrize(
    "activity", [names.SUBMIT_SCORING_JOB, names.GET_JOB_STATUS, names.UPSERT_SCORES]
)
def test_a_service_that_stays_away_ends_the_chunk_for_good(activity: str) -> None:
    """When the retries are exhausted the chunk is given up with the name of what failed."""
    world = chunk_world(look("Completed"))
    world[activity] = always(Broken("Azure SQL: connecting did not succeed\nTraceback"))
    lives = chunk(world)
    [call] = lives[0].called(activity)
    assert call.attempts == SERVICE_RETRY.max_number_of_attempts
    reason = f"{activity}: Azure SQL: connecting did not succeed"
    assert told(lives) == [(1, True, reason)]
    assert lives[-1].output == GIVEN_UP


def test_a_service_that_comes_back_costs_nothing() -> None:
    """Failures within the retry policy are not attempts, and are not reported."""
    good = chunk_world(look("Completed"))

    def after_failures(name: str) -> object:
        left = [3]

        def handle(order: Json) -> Json:
            left[0] -= 1
            if left[0] >= 0:
                raise Broken("503")
            return good[name](order)

        return handle

    lives = chunk({name: after_failures(name) for name in good})
    assert attempts(lives) == [1]
    assert not failures(lives)
    assert lives[-1].output == SCORED
