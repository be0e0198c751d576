"""A look at a job notes what later runs are cut by: its size and its times."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from activities import get_job_status as module
from activities.get_job_status import get_job_status
from adapters.batch_endpoint import BatchEndpoints, JobView
from adapters.context import context
from adapters.lake import LakeFile
from adapters.scores_db import JobFacts
from domain import lake_paths
from domain.messages import JobOrder
from domain.pipeline import Pipeline
from tests.activities.runs import DAY, new_run, pipeline
from tests.streams.memory_lake import MemoryLake

Known = Callable[[Pipeline], Pipeline]
Look = Callable[[str, float], JobFacts]


class TimedLake(MemoryLake):
    """A lake that tells when its files were written."""

    def __init__(self) -> None:
        super().__init__()
        self.written: dict[str, datetime] = {}

    def list(self, prefix: str) -> Iterator[LakeFile]:
        """With the times that the test says."""
        for file in super().list(prefix):
            yield LakeFile(file.path, file.size, file.etag, self.written.get(file.path))


def after(seconds: float) -> datetime:
    """So many seconds after the job was submitted."""
    return DAY + timedelta(seconds=seconds)


@pytest.fixture
def lake() -> TimedLake:
    """The lake."""
    return TimedLake()


@pytest.fixture
def order(known: Known, lake: TimedLake) -> JobOrder:
    """A job of 500 rows that was submitted."""
    one = known(pipeline())
    run = new_run(lake, one)
    folder = lake_paths.chunk_folder(one.name, run.run_id, 1, 1)
    plan = [{"chunk": 3, "folder": folder, "rows": 500}]
    lake.write_json(lake_paths.segment_note(one.name, run.run_id, 1), plan)
    order = JobOrder(run=run, segment=1, chunk=3, attempt=1)
    context().scores.record_job(order, "job", "NotStarted", DAY)
    return order


@pytest.fixture
def look(order: JobOrder, monkeypatch: pytest.MonkeyPatch) -> Look:
    """Looks so many seconds after the submission, and answers what the ledger knows then."""

    def at(status: str, seconds: float) -> JobFacts:
        monkeypatch.setattr(BatchEndpoints, "find", lambda *_: JobView(status, ""))
        monkeypatch.setattr(module, "utc_now", lambda: after(seconds))
        assert get_job_status(order.to_json())["status"] == status
        return context().scores.job_facts(order)

    return at


def wrote(lake: TimedLake, order: JobOrder, *seconds: float) -> None:
    """The job writes files."""
    folder = lake_paths.scores_folder(order.run.pipeline, order.run.run_id, order.chunk, 1)
    for number, at in enumerate(seconds):
        lake.write_bytes(f"{folder}{number}.parquet", b"")
        lake.written[f"{folder}{number}.parquet"] = after(at)


def test_the_first_look_that_sees_it_run_notes_size_and_time(look: Look) -> None:
    """What waits for nodes has no time yet; a later look changes nothing."""
    assert look("Queued", 5) == JobFacts()
    assert look("Running", 40) == JobFacts(500, 2, after(40))
    assert look("Finalizing", 50) == JobFacts(500, 2, after(40))


def test_a_completed_job_was_done_when_its_last_file_was(
    look: Look, lake: TimedLake, order: JobOrder
) -> None:
    """Not only when somebody looked."""
    look("Running", 40)
    wrote(lake, order, 45, 52)
    assert look("Completed", 70) == JobFacts(500, 2, after(40), after(52))


@pytest.mark.parametrize("written", [(10.0,), (900.0,), ()])
def test_files_of_another_clock_do_not_count(
    look: Look, lake: TimedLake, order: JobOrder, written: tuple[float, ...]
) -> None:
    """Before it ran, after the look, or none at all: then the look's time is taken."""
    look("Running", 40)
    wrote(lake, order, *written)
    assert look("Completed", 70).finished_at == after(70)


def test_a_job_that_nobody_saw_running_ran_at_its_first_file(
    look: Look, lake: TimedLake, order: JobOrder
) -> None:
    """Quick jobs are over at the first look."""
    wrote(lake, order, 3, 4, 6)
    assert look("Completed", 10) == JobFacts(500, 2, after(3), after(6))


def test_a_job_that_failed_ended_when_it_was_seen(look: Look) -> None:
    """It used its nodes until then."""
    look("Running", 40)
    assert look("Failed", 70) == JobFacts(500, 2, after(40), after(70))


def test_a_run_without_a_note_has_unknown_nodes(
    look: Look, lake: TimedLake, order: JobOrder
) -> None:
    """As those of older versions; that keeps nobody from looking."""
    lake.delete(lake_paths.endpoint_note(order.run.pipeline, order.run.run_id))
    assert look("Running", 40) == JobFacts(500, None, after(40))
