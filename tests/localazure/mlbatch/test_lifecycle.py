"""The table of a job's life."""

from localazure.mlbatch.lifecycle import ENDED, ON_NODE, TRANSITIONS, UNPREPARED, Status, allows


def test_every_status_has_its_row() -> None:
    """A status without a row would be a trap."""
    assert set(TRANSITIONS) == set(Status)


def test_every_job_can_end() -> None:
    """From each status there is a way to an end, and none away from an end."""
    for status in Status:
        seen = {status}
        while new := {target for item in seen for target in TRANSITIONS[item]} - seen:
            seen |= new
        assert seen & ENDED
        if status in ENDED:
            assert seen == {status}


def test_every_job_that_has_not_ended_can_fail_or_be_cancelled() -> None:
    """Only a cancellation cannot be asked for twice."""
    for status in set(Status) - ENDED:
        assert allows(status, Status.FAILED)
        assert allows(status, Status.CANCEL_REQUESTED) != (status is Status.CANCEL_REQUESTED)


def test_the_groups_do_not_overlap() -> None:
    """After a restart each job is treated in one way."""
    assert not ON_NODE & UNPREPARED
    assert not (ON_NODE | UNPREPARED) & ENDED
