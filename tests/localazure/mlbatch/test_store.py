"""Jobs in SQLite."""

import contextlib
import sqlite3
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
    store.place("a", "cpu-cluster", 3)
    failed = store.move("a", Status.FAILED, JobError("UserError", "why"))
    assert (failed.instance_count, failed.compute) == (3, "cpu-cluster")
    assert failed.progress.files_total == 5
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


def test_each_compute_has_a_queue(store: JobStore) -> None:
    """The head of each queue is seen, however long the others are; the oldest job comes first."""
    for name, compute in (("a", "x"), ("b", "x"), ("c", "x"), ("d", "y")):
        store.add(_job(name))
        store.place(name, compute, 1)
        for status in (Status.STARTING, Status.PREPARING, Status.QUEUED):
            store.move(name, status)
    assert [job.name for job in store.waiting(2)] == ["a", "b", "d"]
    assert [status for _, status in store.history("a")] == [
        *(Status.NOT_STARTED, Status.STARTING, Status.PREPARING, Status.QUEUED)
    ]


def test_jobs_of_an_older_file_are_still_there(tmp_path: Path) -> None:
    """A file from before jobs knew their compute is brought up to date."""
    path = tmp_path / "jobs.db"
    store = JobStore(path)
    store.add(_job("a"))
    store.close()
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.executescript(
            "DROP INDEX jobs_by_compute; ALTER TABLE jobs DROP COLUMN compute; DROP TABLE statuses"
        )
    store = JobStore(path)
    assert store.get("a").compute == "local"
    assert store.history("a") == []
    store.close()
