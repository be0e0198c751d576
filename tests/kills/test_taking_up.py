"""An engine that starts on what a killed one has left takes up each piece of work once."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Generator
from concurrent.futures import Future
from datetime import timedelta
from pathlib import Path
from typing import Any

import azure.durable_functions as df
import pytest

from localazure.durable import Engine, Management, SqliteStore
from localazure.durable.database import FILE_NAME
from localazure.durable.model import ActivityWork, Effects, Outcome
from localazure.durable.ports import Catalog
from tests.support.waiting import wait_until

pytestmark = pytest.mark.xdist_group("kills")

LONG_AGO = "2026-01-01T00:00:00.000000Z"
OVERTAKING_S = 0.3


def story(context: df.DurableOrchestrationContext) -> Generator[Any, Any, None]:
    """Waits for an hour, then works."""
    yield context.create_timer(context.current_utc_datetime + timedelta(hours=1))
    yield context.call_activity("work")


class Functions:
    """Implements `ports.DurableFunctions`: notes which work is started, and never finishes it."""

    catalog = Catalog(["story"], ["work"])

    def __init__(self) -> None:
        self.started: list[int] = []
        self.has_started = threading.Event()
        self._handle = df.Orchestrator.create(story)

    def run_orchestrator(self, name: str, context_json: str) -> str:
        """Runs a turn."""
        assert name == "story"
        return str(self._handle(context_json))

    def start_activity(self, work: ActivityWork) -> Future[str]:
        """Notes it."""
        self.started.append(work.work_id)
        self.has_started.set()
        return Future()

    def instance_ended(self, outcome: Outcome) -> None:
        """Nothing ends here."""


class LeisurelyStore(SqliteStore):
    """Tells what is unfinished so late that a timer that is due could overtake it."""

    def __init__(self, path: Path, overtaken: threading.Event) -> None:
        super().__init__(path)
        self._overtaken = overtaken

    def unfinished(self) -> Effects:
        """All that waits."""
        self._overtaken.wait(OVERTAKING_S)
        return super().unfinished()


def test_work_that_a_due_timer_leads_to_is_started_once(tmp_path: Path) -> None:
    """A timer that came due while nobody ran does not get between looking and taking up."""
    file, functions = tmp_path / FILE_NAME, Functions()
    store = SqliteStore(file)
    engine = Engine(store, functions)
    engine.start()
    Management(engine).start("story", "i", input_json=None, version="")
    wait_until(store.next_timer, description="the instance waits for its timer")
    engine.stop()
    store.close()
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("UPDATE timers SET fire_at = ?", (LONG_AGO,))

    store = LeisurelyStore(file, functions.has_started)
    engine = Engine(store, functions)
    engine.start()
    wait_until(functions.has_started.is_set, description="the work is started")
    engine.stop()
    store.close()
    assert functions.started == [1]
