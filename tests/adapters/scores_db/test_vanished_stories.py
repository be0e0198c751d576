"""Removing vanished rows while others write, and in any order: the books stay exact."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from adapters.scores_db import ScoresDb
from domain.messages import Run
from domain.pipeline import Pipeline
from tests.adapters.scores_db.at_once import at_once
from tests.adapters.scores_db.samples import (
    AT,
    DAY,
    LATER,
    assert_balanced,
    batch,
    row,
    sample_order,
    sample_pipeline,
    sample_run,
    scores_of,
)
from tests.support.examples import examples

STEP = timedelta(minutes=5)
DAY_1 = timedelta(days=1)
RUNS = [sample_run(revision, days=days) for revision in (1, 2, 3) for days in (1, 2)]
ENDS = (DAY + STEP, DAY + DAY_1, DAY + DAY_1 + STEP)
WRITES = st.tuples(st.sampled_from(RUNS), st.sampled_from((1, 2)), st.sets(st.sampled_from(ENDS)))


def test_removing_waits_for_a_writer(db: ScoresDb, pipeline: Pipeline) -> None:
    """Rows that an upsert is just about to write are counted: it is waited for."""
    db.ensure_tables(pipeline)
    staged, beginning, go = threading.Event(), threading.Event(), threading.Event()

    def _batches() -> Iterator[pa.RecordBatch]:
        yield batch([row("a"), row("b")])
        staged.set()
        assert go.wait(60)

    def _statement(_connection: object, _cursor: object, text: str, *_: object) -> None:
        if text.startswith("BEGIN"):
            beginning.set()

    removed: list[int] = []
    older = threading.Thread(target=db.upsert, args=(pipeline, sample_order(), _batches(), AT))
    remover = threading.Thread(
        target=lambda: removed.append(db.remove_vanished(sample_run(2), pipeline))
    )
    older.start()
    try:
        assert staged.wait(60)
        event.listen(db._engine, "before_cursor_execute", _statement)
        remover.start()
        assert beginning.wait(60)
    finally:
        go.set()
        older.join()
    remover.join()
    assert removed == [2]
    assert scores_of(db, pipeline) == []
    assert_balanced(db, pipeline, sample_run(1), sample_run(2))


def test_writers_and_removers_at_once(db: ScoresDb, pipeline: Pipeline) -> None:
    """Whoever comes first, nothing fails, and whatever is looked at in between is balanced."""
    runs = [sample_run(1), sample_run(2), sample_run(2, days=2), sample_run(3)]
    db.ensure_tables(pipeline)
    tasks: list[Callable[[], object]] = []
    for run in runs:
        for chunk in (1, 2):
            rows = [row(f"d{n}") for n in range(chunk * 100, chunk * 100 + 40 + 10 * run.revision)]
            tasks.append(partial(db.upsert, pipeline, sample_order(run, chunk), [batch(rows)], AT))
        tasks.append(partial(db.remove_vanished, run, pipeline))
        tasks.append(partial(assert_balanced, db, pipeline, *runs))
    results = at_once(tasks)
    assert [found for found in results if isinstance(found, BaseException)] == []
    assert_balanced(db, pipeline, *runs)
    db.remove_vanished(runs[-1], pipeline)
    assert {found["revision"] for found in scores_of(db, pipeline)} == {3}
    assert_balanced(db, pipeline, *runs)


@settings(max_examples=examples(12), deadline=None)
@given(story=st.lists(WRITES | st.sampled_from(RUNS), max_size=12))
def test_any_story_leaves_what_the_rules_say(
    story: list[tuple[Run, int, set[datetime]] | Run],
) -> None:
    """Runs write chunks (a device each) and remove, in any order: the table is that of a dictionary
    that keeps the same rules, and every run's books balance after each step."""
    pipeline, table, written = sample_pipeline(), dict[tuple[str, datetime], Run](), set()
    with tempfile.TemporaryDirectory() as folder:
        db = ScoresDb(f"sqlite:///{Path(folder) / 'scores.db'}", None)
        try:
            for step in story:
                if isinstance(step, Run):
                    gone = [
                        place
                        for place, owner in table.items()
                        if step.start < place[1] <= step.end and owner.revision < step.revision
                    ]
                    assert db.remove_vanished(step, pipeline) == len(gone)
                    for place in gone:
                        del table[place]
                else:
                    run, chunk, ends = step
                    rows = [row(f"d{chunk}", end=end) for end in sorted(ends) if end <= run.end]
                    db.upsert(pipeline, sample_order(run, chunk), [batch(rows)], LATER)
                    for found in () if (run.run_id, chunk) in written else rows:
                        place = (found["device"], found["window_end"])
                        if place not in table or table[place].revision <= run.revision:
                            table[place] = run
                    written.add((run.run_id, chunk))
                stored = {
                    (r["device"], r["window_end"]): r["run_id"] for r in scores_of(db, pipeline)
                }
                assert stored == {place: owner.run_id for place, owner in table.items()}
                assert_balanced(db, pipeline, *RUNS)
        finally:
            db.close()
