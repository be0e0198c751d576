"""The engine with its threads: what it does when the store cannot be written for a while."""

import json
import logging
import sqlite3
import threading
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import azure.durable_functions as df
import pytest

from localazure.durable import Engine, Management, SqliteStore
from localazure.durable.model import ActivityWork, Outcome
from localazure.durable.ports import Catalog
from tests.support.waiting import wait_until


class _Functions:
    """One orchestrator, whose activity waits for the test."""

    def __init__(self) -> None:
        self.catalog = Catalog(["orchestrator"], ["act"])
        self.runs: list[str | None] = []
        self.permission = threading.Event()
        self._pool = ThreadPoolExecutor(2)
        self._handle = df.Orchestrator.create(self._orchestrator)

    @staticmethod
    def _orchestrator(context: df.DurableOrchestrationContext) -> Generator[Any, Any, Any]:
        soon = context.current_utc_datetime + timedelta(milliseconds=500)
        both = [context.call_activity("act", 1), context.create_timer(soon)]
        result, _ = yield context.task_all(both)
        return result

    def run_orchestrator(self, name: str, context_json: str) -> str:
        assert name == "orchestrator"
        return str(self._handle(context_json))

    def start_activity(self, work: ActivityWork) -> "Future[str]":
        return self._pool.submit(self._act, work)

    def instance_ended(self, outcome: Outcome) -> None:
        """Nobody is told."""

    def close(self) -> None:
        self._pool.shutdown()

    def _act(self, work: ActivityWork) -> str:
        self.runs.append(work.input)
        assert self.permission.wait(30)
        return json.dumps(42)


def test_a_locked_store_costs_time_and_nothing_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A result and a timer that meet a lock are kept until they are stored; nothing runs twice."""
    path = tmp_path / "store.sqlite3"
    with ExitStack() as stack:
        store = stack.enter_context(closing(SqliteStore(path, busy_timeout_s=0.05)))
        app = stack.enter_context(closing(_Functions()))
        engine = Engine(store, app)
        management = Management(engine)
        engine.start()
        stack.callback(engine.stop)
        with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
            management.start("orchestrator", "i", input_json=None, version="")
            wait_until(lambda: app.runs, description="the activity runs")
            other.execute("BEGIN IMMEDIATE")
            app.permission.set()
            with caplog.at_level(logging.ERROR, logger="localazure"):
                wait_until(
                    lambda: (
                        "of activity act is kept" in caplog.text
                        and "Due timers could not be fired" in caplog.text
                    ),
                    description="both meet the lock",
                )
            other.execute("ROLLBACK")
        ended = wait_until(lambda: management.get("i").status.ended, description="it ends")
        assert ended
        assert (management.get("i").output, app.runs) == ("42", ["1"])
