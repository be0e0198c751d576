"""Runs orchestrations with the stand-in's engine, every turn and every activity on both sides."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from localazure.durable import Engine, Management, SqliteStore
from localazure.durable.model import ActivityWork, Instance, Outcome
from localazure.durable.ports import Catalog
from tests.azure_worker.sides import Ended, Pair
from tests.support.waiting import wait_until


class BothSides:
    """Implements `localazure.durable.ports.DurableFunctions`; the engine gets what ours answers."""

    def __init__(self, pair: Pair) -> None:
        self._pair = pair
        self._pool = ThreadPoolExecutor()
        orchestrators, activities = map(pair.durable, ("orchestrationTrigger", "activityTrigger"))
        self.catalog = Catalog(orchestrators, activities)
        self.compared = 0
        self.differences: list[str] = []

    def run_orchestrator(self, name: str, context_json: str) -> str:
        """Run a turn on both sides."""
        self.catalog.require_orchestrator(name)
        return self._agreed(name, context_json, *self._pair.turn(name, context_json))

    def start_activity(self, work: ActivityWork) -> "Future[str]":
        """Run an activity on both sides, away from the engine's threads."""
        return self._pool.submit(self._run_activity, work)

    def instance_ended(self, outcome: Outcome) -> None:
        """There is nothing to do."""

    def close(self) -> None:
        """Wait for what still runs."""
        self._pool.shutdown()

    def _run_activity(self, work: ActivityWork) -> str:
        self.catalog.require_activity(work.name)
        given = "null" if work.input is None else work.input
        return self._agreed(work.name, given, *self._pair.activity(work.name, given))

    def _agreed(self, name: str, given: str, azure: Ended, ours: Ended) -> str:
        self.compared += 1
        if _comparable(azure) != _comparable(ours):
            self.differences.append(f"{name} of {given}\nAzure: {azure}\nours:  {ours}")
        if ours.returned is None:
            raise RuntimeError(ours.error)
        return ours.returned


class Stage:
    """An engine on both sides."""

    def __init__(self, both: BothSides, management: Management) -> None:
        self.both, self.management = both, management

    def start(self, story: str, given: object) -> str:
        """Start an orchestration; the SDK's client writes its input as JSON within JSON."""
        written = json.dumps(json.dumps(given))
        return self.management.start(story, input_json=written, version="")

    def finish(self, instance_id: str) -> Instance:
        """Wait until an orchestration has ended."""
        wait_until(
            lambda: self.management.get(instance_id).status.ended,
            description=f"{instance_id} has ended",
        )
        return self.management.get(instance_id)


@contextmanager
def stage(pair: Pair, folder: Path) -> Iterator[Stage]:
    """Run an engine on both sides while the context lasts."""
    both = BothSides(pair)
    store = SqliteStore(folder / "durable.sqlite3")
    engine = Engine(store, both)
    engine.start()
    try:
        yield Stage(both, Management(engine))
    finally:
        engine.stop()
        both.close()
        store.close()


def _comparable(ended: Ended) -> Ended:
    """The end without the addresses of objects, which may be in an error's text."""
    return Ended(ended.returned, ended.error and re.sub(r"0x[0-9a-f]+", "0x", ended.error))
