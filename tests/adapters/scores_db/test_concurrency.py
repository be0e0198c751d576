"""Many writers at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from adapters.scores_db import ScoresDb
from adapters.scores_db.ledger_tables import JOBS, REJECTED_ROWS
from domain.messages import Upserted
from domain.pipeline import Pipeline
from tests.adapters.scores_db.at_once import at_once
from tests.adapters.scores_db.samples import (
    AT,
    batch,
    row,
    rows_of,
    sample_order,
    sample_pipeline,
    sample_record,
    sample_run,
    scores_of,
)
from tests.support.waiting import wait_until

WRITER = """
import sys
from pathlib import Path
from adapters.scores_db import ScoresDb
from tests.adapters.scores_db.samples import *
from tests.support.waiting import wait_until
url, revision, ready, go = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4])
db = ScoresDb(url, None)
ready.touch()
wait_until(go.exists, description="the start signal")
for chunk in (1, 2, 3):
    rows = [row(f"d{chunk}-{n}", score=float(revision)) for n in range(500)]
    db.upsert(sample_pipeline(), sample_order(sample_run(revision), chunk), [batch(rows)], AT)
db.close()
"""


def test_the_same_chunk_written_at_once_is_written_once(db: ScoresDb, pipeline: Pipeline) -> None:
    """Of several writers one writes, and all tell the same."""
    rows = [row(f"d{n}") for n in range(300)] + [row("bad", score=None)]
    expected = Upserted(rows_scored=300, rows_rejected=1, rows_superseded=0)
    write = partial(db.upsert, pipeline, sample_order(), [batch(rows)], AT)
    assert at_once([write] * 6) == [expected] * 6
    assert len(scores_of(db, pipeline)) == 300
    assert len(rows_of(db, REJECTED_ROWS)) == 1
    assert len(rows_of(db, JOBS)) == 1


def test_two_processes_at_once(url: str, db: ScoresDb, tmp_path: Path) -> None:
    """Two processes find no table, create them, and write the same windows: none fails, the newest
    rows stay, and the books balance."""
    go, pipeline = tmp_path / "go", sample_pipeline()
    ready = {revision: tmp_path / f"ready-{revision}" for revision in (1, 2)}
    children = [
        subprocess.Popen([sys.executable, "-c", WRITER, url, str(revision), str(path), str(go)])
        for revision, path in ready.items()
    ]
    try:
        wait_until(
            lambda: all(p.exists() for p in ready.values()), description="writers", timeout_s=60
        )
        go.touch()
        assert [child.wait(timeout=60) for child in children] == [0, 0]
    finally:
        for child in children:
            child.kill()
            child.wait()
    assert {(found["revision"], found["score"]) for found in scores_of(db, pipeline)} == {(2, 2.0)}
    for revision in ready:
        counts = db.reconcile(sample_run(revision), pipeline)
        assert counts.rows_scored == counts.rows_in_sql + counts.rows_superseded == 1500


def test_readers_do_not_wait_for_a_writer(db: ScoresDb, pipeline: Pipeline) -> None:
    """While a chunk is written, progress and runs can be read: as they were before."""
    db.ensure_tables(pipeline)
    with db._writing("hold the lock"):
        assert db.list_runs() == []
        assert db.progress(sample_run().run_id).scored == 0


def test_the_ledger_takes_many_records_at_once(db: ScoresDb) -> None:
    """Counts that come from many sides are all in the row."""
    records = [sample_record(counts={f"c{n}": n}) for n in range(12)]
    tasks: list[Callable[[], object]] = [partial(db.record_run, record) for record in records]
    assert at_once(tasks) == [None] * 12
    found = db.get_run(sample_run().run_id)
    assert found is not None
    assert found.counts == {f"c{n}": n for n in range(12)}


def test_a_run_is_cancelled_once(db: ScoresDb) -> None:
    """Completing and cancelling at once: one of them counts, and the answer says which."""
    db.record_run(sample_record())
    run = sample_run().run_id
    results = at_once([lambda: db.request_cancel(run, AT)] * 3)
    assert results == [True, True, True]
    assert db.is_cancelled(run)
