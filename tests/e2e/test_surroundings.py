"""Services that are away or wrong, and processes that die in the middle of a run."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from tests.e2e.killing import LONGER, kill
from tests.e2e.world import readings, running_world
from tests.support.waiting import wait_until

pytestmark = pytest.mark.xdist_group("e2e-restart")


def test_a_database_that_is_away_for_a_while_is_waited_for(tmp_path: Path) -> None:
    """While the database is locked, activities fail and are retried; then the run completes."""
    url = "sqlite:///%LOCALAZURE_STATE%/scores.db?timeout=1"
    with running_world(tmp_path / "world", SCORES_DB_URL=url) as world:
        world.put("raw/locked/a.parquet", readings("a"))
        log = world.cloud.state / "logs" / "functions.log"
        world.ended(world.start("devices", input="raw/locked/*.parquet"))
        with contextlib.closing(sqlite3.connect(world.cloud.state / "scores.db")) as database:
            database.isolation_level = None
            database.execute("BEGIN EXCLUSIVE")
            run_id = world.start("devices", revision=2, input="raw/locked/*.parquet")
            wait_until(
                lambda: "record_run will be tried again: scores database" in log.read_text(),
                description="an activity has failed because of the database",
                timeout_s=60,
            )
            database.execute("ROLLBACK")
        run = world.ended(run_id)
        assert run["status"] == "Completed", run
        assert run["counts"]["rows_in_sql"] == 12


def test_a_missing_container_is_named(tmp_path: Path) -> None:
    """The run fails with a sentence that names the container, and the ledger has it."""
    with running_world(tmp_path / "world", LAKE__container="nowhere") as world:
        run = world.ended(world.start("devices"))

        assert run["status"] == "Failed"
        assert "lake container 'nowhere'" in run["error"]
        assert "ContainerNotFound" in run["error"]


# The short of it is in tests/kills.
@LONGER
@pytest.mark.parametrize("whole", [False, True], ids=["the host", "everything"])
def test_a_run_survives_being_killed(tmp_path: Path, whole: bool) -> None:
    """Killed while jobs run and started again, a run completes: nothing lost, nothing twice."""
    folder = tmp_path / "world"
    with pytest.raises(_KilledError), running_world(folder) as world:
        frame = readings("gated")
        world.put("raw/killed/a.parquet", frame)
        world.put("raw/killed/b.parquet", readings("other"))
        run_id = world.start("devices", input="raw/killed/*.parquet")
        wait_until((world.gates / "reached").exists, description="the job runs", timeout_s=60)
        kill(world, whole=whole)
        raise _KilledError(run_id)
    (folder / "gates" / "open").touch()

    with running_world(folder) as world:
        run = world.ended(run_id)
        assert run["status"] == "Completed", run
        assert run["reconciled"] is True
        rows = world.sql("SELECT device, window_end FROM devices_scores")
        assert len(rows) == len({tuple(row.values()) for row in rows}) == 24


class _KilledError(Exception):
    """The world of a test was killed on purpose."""
