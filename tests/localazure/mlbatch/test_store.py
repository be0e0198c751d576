"""Jobs in SQLite."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from localazure.mlbatch.errors import JobExistsError, NotFoundError, TransitionError
from localazure.mlbatch.jobs import Job, JobError, Progress
from localazure.mlbatch.lifecycle import Status
from localazure.mlbatch.store import JobStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[JobStore]:
    """An empty store."""
    store = JobStore(tmp_path / "jobs.db")
    yield store
    store.close()


def _job(name: str, endpoint: str = "e") -> Job:
    return Job(name, endpoint, "d", {"input_data": {}}, datetime(2026, 1, 1, tzinfo=UTC))


def test_a_job_comes_back_as_it_went_in(store: JobStore, tmp_path: Path) -> None:
    """All fields survive, in another store on the same file too."""
    store.add(_job("a"))
    for status in (Status.STARTING, Status.PREPARING, Status.QUEUED, Status.RUNNING):
        store.move("a", status)
    store.set_progress("a", Progress(2, 1, 0, 5, 0))
    store.set_instance_count("a", 3)
    failed = store.move("a", Status.FAILED, JobError("UserError", "why"))
    assert (failed.instance_count, failed.progress.files_total) == (3, 5)
    assert failed.error == JobError("UserError", "why")
    assert failed.started_at
    assert failed.ended_at
    again = JobStore(tmp_path / "jobs.db")
    assert again.get("a") == failed
    again.close()


def test_names_are_unique(store: JobStore) -> None:
    """The same name is refused, an unknown one not found."""
    store.add(_job("a"))
    with pytest.raises(JobExistsError):
        store.add(_job("a"))
    with pytest.raises(NotFoundError):
        store.get("b")


def test_a_step_that_the_life_cycle_lacks_is_refused(store: JobStore) -> None:
    """The status stays as it was."""
    store.add(_job("a"))
    with pytest.raises(TransitionError, match="from NotStarted to Completed"):
        store.move("a", Status.COMPLETED)
    assert store.get("a").status is Status.NOT_STARTED


def test_lists_have_an_order_and_pages(store: JobStore) -> None:
    """Lists show the newest first; the queue is served oldest first."""
    for name in ("a", "b", "c"):
        store.add(_job(name, endpoint="odd" if name == "b" else "e"))
    assert [job.name for job in store.newest()] == ["c", "b", "a"]
    assert [job.name for job in store.newest(endpoint="e")] == ["c", "a"]
    assert [job.name for job in store.newest(offset=1, limit=1)] == ["b"]
    assert [job.name for job in store.in_status([Status.NOT_STARTED])] == ["a", "b", "c"]
