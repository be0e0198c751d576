"""Plays the engine by hand, one step after the other, with crashes and repetitions in between.

All that a process would have in memory is in `_ready` and `_work`. A crash forgets it, closes the
store, opens it again and takes up what the store says, as `Engine.start` does.
"""

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import azure.durable_functions as df

from localazure.durable import events
from localazure.durable.executor import execute_turn
from localazure.durable.model import (
    ActivityWork,
    Effects,
    Instance,
    InstanceQuery,
    NewInstance,
    Status,
)
from localazure.durable.ports import Catalog
from localazure.durable.sqlite_store import SqliteStore
from tests.localazure.durable.programs import Program, events_of, orchestrator

CATALOG = Catalog(["orchestrator"], ["act"])
CRASH, REPEAT, EVENT_AGAIN = 0.05, 0.1, 0.2
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MOST_STEPS = 5_000


class CrashingEngine:
    """Runs one orchestration to its end; the dice decide the order, and what goes wrong."""

    def __init__(self, path: Path, dice: random.Random) -> None:
        self.crashes = 0
        self._path, self._dice = path, dice
        self._store = SqliteStore(path)
        self._orchestrate = df.Orchestrator.create(orchestrator)
        self._now = NOON
        self._ready: set[str] = set()
        self._work: list[ActivityWork] = []
        self._attempts: dict[str, list[int]] = {}
        self._signals: list[tuple[str, str]] = []
        self._settled: set[int] = set()

    def run(self, programs: list[Program]) -> Instance:
        """Run a sequence as the instance `root`; return it when all is done."""
        given = json.dumps(json.dumps({"programs": programs, "path": "p", "told": []}))
        self._store.create(NewInstance("root", "orchestrator", given), self._now)
        self._ready.add("root")
        self._signals = events_of(programs, "root", "p")
        for _ in range(MOST_STEPS):
            if not self._step():
                break
        found = self._store.get("root")
        assert found is not None
        return found

    def close(self) -> None:
        """Let go of the store."""
        self._store.close()

    def check(self) -> None:
        """Fail unless nothing is left to do, and every task has come back at most once."""
        left = self._store.unfinished()
        assert (left.ready, left.activities, self._store.next_timer()) == ([], [], None)
        for instance in self._store.query(InstanceQuery()):
            history = self._store.history(instance.instance_id)
            ended = [task for one in history if (task := events.completes(one)) is not None]
            assert len(ended) == len(set(ended)), instance.instance_id
            assert instance.status is Status.COMPLETED, instance

    def _step(self) -> bool:
        """Do something that can be done; say whether there was anything."""
        self._now += timedelta(milliseconds=1)
        if self._dice.random() < CRASH:
            self._crash()
        choices: list[Callable[[], None]] = [
            *(partial(self._turn, one) for one in sorted(self._ready)),
            *(partial(self._finish, one) for one in self._work),
            *(partial(self._signal, one) for one in self._signals if self._store.get(one[0])),
        ]
        due = self._store.next_timer()
        if due is not None:
            choices.append(partial(self._fire, due))
        if choices:
            self._dice.choice(choices)()
        return bool(choices)

    def _fire(self, due: datetime) -> None:
        self._now = max(self._now, due)
        self._ready.update(self._store.fire_timers(self._now))

    def _turn(self, instance_id: str) -> None:
        turn = self._store.load_turn(instance_id, self._now)
        if turn is None:
            self._ready.discard(instance_id)
            return
        outcome = execute_turn(turn, lambda _, context: str(self._orchestrate(context)), CATALOG)
        if self._dice.random() < CRASH:
            self._crash()
            return
        effects = self._store.commit_turn(outcome)
        if self._dice.random() < CRASH:
            self._crash()
            return
        self._ready.discard(instance_id)
        self._follow(effects)

    def _finish(self, work: ActivityWork) -> None:
        path, failures = json.loads(work.input or "")
        attempts = self._attempts.setdefault(path, [])
        # A repetition of the same work is not another attempt: it has the same outcome.
        if work.work_id not in attempts:
            attempts.append(work.work_id)
        if attempts.index(work.work_id) < failures:
            event = events.task_failed(self._now, work.task_id, "reason", "details")
        else:
            event = events.task_completed(self._now, work.task_id, json.dumps(path))
        if self._dice.random() < CRASH:
            self._crash()
            return
        instance_id = self._store.complete_activity(work.work_id, event)
        if instance_id is not None:
            assert work.work_id not in self._settled, "a result was taken twice"
            self._ready.add(instance_id)
        self._settled.add(work.work_id)
        if self._dice.random() >= REPEAT:
            self._work.remove(work)

    def _signal(self, signal: tuple[str, str]) -> None:
        instance_id, name = signal
        if self._store.post(instance_id, events.event_raised(self._now, name, json.dumps(name))):
            self._ready.add(instance_id)
        if self._dice.random() >= EVENT_AGAIN:
            self._signals.remove(signal)

    def _crash(self) -> None:
        self.crashes += 1
        self._store.close()
        self._store = SqliteStore(self._path)
        self._ready, self._work = set(), []
        self._follow(self._store.unfinished())

    def _follow(self, effects: Effects) -> None:
        self._ready.update(effects.ready)
        self._work.extend(effects.activities)
