"""The durable engine with an app, without the web server around it; counts the SDK's time."""

import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from localazure.durable import Engine, Management, SqliteStore
from localazure.durable.events import utc_now
from localazure.durable.model import Instance, InstanceQuery, NewInstance, Outcome, Status
from localazure.functions_host.app import load_app
from localazure.functions_host.console import Console
from localazure.functions_host.durable_client import ClientBinding
from localazure.functions_host.durable_functions import HostedDurableFunctions
from localazure.functions_host.invocation import Invoker
from localazure.functions_host.worker import Worker

APP = Path(__file__).with_name("engine_app")
PAUSE_S = 0.01
LONGEST_S = 600.0


class MeteredFunctions(HostedDurableFunctions):
    """Adds up the processor time that orchestrators take, which is the SDK's."""

    sdk_s = 0.0

    def run_orchestrator(self, name: str, context_json: str) -> str:
        """Run one turn of the SDK."""
        began = time.thread_time()
        try:
            return super().run_orchestrator(name, context_json)
        finally:
            self.sdk_s += time.thread_time() - began


@dataclass(frozen=True)
class Spent:
    """Seconds on the clock, of all processors, and of these in the SDK."""

    wall_s: float
    cpu_s: float
    sdk_s: float


class EngineWorld:
    """A running engine."""

    def __init__(self, store: SqliteStore) -> None:
        console = Console(quiet=True)
        functions = load_app(APP)
        invoker = Invoker(Worker(), console, ClientBinding("http://localhost", "hub", None))
        self._functions = MeteredFunctions(functions, invoker, console)
        self._store = store
        self._engine = Engine(store, self._functions)
        self._management = Management(self._engine)
        self._engine.start()

    def stop(self) -> None:
        """Stop the engine."""
        self._engine.stop()

    def start(self, name: str, given: object) -> str:
        """Start an orchestrator; the input is encoded as the SDK's client does it."""
        text = json.dumps(json.dumps(given))
        return self._management.start(name, None, input_json=text, version="")

    def spend(self, name: str, given: object, times: int = 1) -> Spent:
        """Run an orchestrator so many times side by side, to the end."""
        wall, cpu, sdk = time.perf_counter(), time.process_time(), self._functions.sdk_s
        ids = [self.start(name, given) for _ in range(times)]
        for instance_id in ids:
            self._wait(instance_id)
        return Spent(
            time.perf_counter() - wall, time.process_time() - cpu, self._functions.sdk_s - sdk
        )

    def fill(self, ended: int, timers: int) -> None:
        """Put instances that have ended into the store, and others that wait for timers."""
        now = utc_now()
        for number in range(ended):
            name = f"ended-{number}"
            self._store.create(NewInstance(name, "flat", "1"), now)
            turn = self._store.load_turn(name, now)
            if turn is not None:
                consumed = [one.message_id for one in turn.messages]
                history = [one.event for one in turn.messages]
                outcome = Outcome(
                    turn.instance, Status.COMPLETED, None, now, "1", consumed, history
                )
                self._store.commit_turn(outcome)
        for _ in range(timers):
            self.start("sleeping", None)
        # Their first turns are not what is measured.
        while self._store.query(InstanceQuery(statuses=[Status.PENDING], top=1)):
            time.sleep(PAUSE_S)

    def _wait(self, instance_id: str) -> Instance:
        deadline = time.monotonic() + LONGEST_S
        while not (found := self._management.get(instance_id)).status.ended:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{instance_id} is still {found.status}")
            time.sleep(PAUSE_S)
        if found.status is not Status.COMPLETED:
            raise RuntimeError(f"{instance_id} is {found.status}: {found.output}")
        return found


@contextmanager
def engine_world(folder: Path) -> Iterator[EngineWorld]:
    """Run an engine on a new store while the context lasts."""
    with closing(SqliteStore(folder / "durable.sqlite3")) as store:
        world = EngineWorld(store)
        try:
            yield world
        finally:
            world.stop()
