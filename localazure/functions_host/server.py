"""Puts the host together and runs it until it is told to stop: the package's entry point."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route

from localazure.durable import Engine, Management, SqliteStore
from localazure.durable.database import FILE_NAME
from localazure.durable.errors import StoreError
from localazure.functions_host.admin_api import AdminApi
from localazure.functions_host.app import HostedFunction, load_app
from localazure.functions_host.console import Console, show_logs
from localazure.functions_host.durable_api import DurableApi
from localazure.functions_host.durable_client import ClientBinding
from localazure.functions_host.durable_functions import HostedDurableFunctions
from localazure.functions_host.durable_options import WHERE as DURABLE_TASK
from localazure.functions_host.errors import HostError
from localazure.functions_host.event_hubs.function import EventHubFunction
from localazure.functions_host.event_hubs.listener import Listener
from localazure.functions_host.event_hubs.options import WHERE as EVENT_HUBS
from localazure.functions_host.files import write_json
from localazure.functions_host.http_functions import ALL_METHODS, HttpFunctions
from localazure.functions_host.invocation import Invoker
from localazure.functions_host.keys import Keys
from localazure.functions_host.listing import announce_functions
from localazure.functions_host.settings import apply_local_settings, read_host_settings
from localazure.functions_host.state_lock import hold_state
from localazure.functions_host.timers import TimerFunction
from localazure.functions_host.worker import Worker

LOOPBACK = "127.0.0.1"
SHUTDOWN_GRACE_S = 2
# Half of Python's default would do; orchestrators get their turn sooner beside busy activities.
SWITCH_INTERVAL_S = 0.001
# Turns are short, and only one thread of Python computes at a time.
MOST_TURN_THREADS = 4


def run(app_path: Path, port: int, state: Path, *, auth: bool = False, quiet: bool = False) -> int:
    """Run the host of one app folder until SIGINT or SIGTERM; return the process's exit code.

    Args:
        app_path: a folder with function_app.py.
        port: on 127.0.0.1; 0 takes a free one. The address is in STATE/functions_host.json.
        state: the folder of everything that survives a restart.
        auth: ask for function keys (STATE/keys.json), which `func start` does not.
        quiet: write no line for invocations that succeed.
    """
    console = Console(quiet=quiet)
    show_logs(quiet=quiet)
    try:
        asyncio.run(serve(app_path, port, state, auth=auth, console=console))
    except (HostError, StoreError) as error:
        console.failed(error)
        return 1
    return 0


async def serve(
    app_path: Path, port: int, state: Path, *, auth: bool = False, console: Console
) -> None:
    """Run the host on the current event loop until a signal comes.

    Raises:
        HostError, StoreError: the host could not start, with the sentence to show.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    app_path, state = app_path.resolve(), state.resolve()
    with hold_state(state), _listen(port) as listener:
        base_url = f"http://{LOOPBACK}:{listener.getsockname()[1]}"
        _set_environment(base_url)
        apply_local_settings(app_path, os.environ)
        host = Host(app_path, state, base_url, Keys(state / "keys.json") if auth else None, console)
        server = _Server(
            uvicorn.Config(
                host.web,
                lifespan="on",
                log_level="warning",
                access_log=False,
                timeout_graceful_shutdown=SHUTDOWN_GRACE_S,
            )
        )
        await server.serve(sockets=[listener])
        console.say("The host has stopped.")


class Host:
    """One app with everything that serves it."""

    def __init__(
        self, app_path: Path, state: Path, base_url: str, keys: Keys | None, console: Console
    ) -> None:
        self._state, self._base_url, self._console = state, base_url, console
        settings = read_host_settings(app_path, os.environ)
        self.functions: list[HostedFunction] = load_app(app_path)
        client = ClientBinding(base_url, settings.task_hub, keys.durable if keys else None)
        self._worker = Worker(settings.durable.max_activities)
        invoker = Invoker(self._worker, console, client)
        self.http = HttpFunctions(self.functions, settings.route_prefix, invoker, keys)
        self._timers = [
            TimerFunction(one, state, invoker)
            for one in self.functions
            if one.served and one.trigger_type == "timerTrigger"
        ]
        self._event_hubs = [
            EventHubFunction(one, invoker)
            for one in self.functions
            if one.served and one.trigger_type == "eventHubTrigger"
        ]
        self._listeners = [
            Listener(one, settings.event_hubs, state, console) for one in self._event_hubs
        ]
        self._without_effect = [
            *(f"{EVENT_HUBS}.{name}" for name in settings.event_hubs.without_effect),
            *(f"{DURABLE_TASK}.{name}" for name in settings.durable.without_effect),
        ]
        durable = HostedDurableFunctions(self.functions, invoker, console)
        self._store = SqliteStore(state / FILE_NAME)
        if self._store.moved_to is not None:
            console.warn(
                f"The state file {state / FILE_NAME} was damaged. It is kept as "
                f"{self._store.moved_to}; the host starts with an empty one."
            )
        turn_threads = min(settings.durable.max_orchestrators, MOST_TURN_THREADS)
        self._engine = Engine(self._store, durable, turn_threads=turn_threads)
        api = DurableApi(Management(self._engine), client, keys)
        admin = AdminApi(self.functions, self.http, self._timers, self._event_hubs, invoker, keys)
        own: list[BaseRoute] = [*admin.routes(), *api.routes()]
        rest = Route("/{path:path}", self.http.serve, methods=list(ALL_METHODS))
        self.web = Starlette(routes=[*own, rest], lifespan=self._running)

    @contextlib.asynccontextmanager
    async def _running(self, _web: Starlette) -> AsyncIterator[None]:
        """Everything that runs beside the web server."""
        announce_functions(
            self._console, self.functions, self.http, self._event_hubs, self._base_url
        )
        for name in self._without_effect:
            self._console.warn(f"{name} has no effect in localazure.")
        self._engine.start()
        timers = [asyncio.create_task(one.run(), name=one.function.name) for one in self._timers]
        for listener in self._listeners:
            listener.start()
        write_json(self._state / "functions_host.json", {"url": self._base_url, "pid": os.getpid()})
        self._console.say(f"The host is ready: {self._base_url}")
        try:
            yield
        finally:
            for timer in timers:
                timer.cancel()
            stops = (one.stop() for one in self._listeners)
            await asyncio.gather(*stops, return_exceptions=True)
            await asyncio.to_thread(self._engine.stop)
            self._worker.stop()
            self._store.close()


class _Server(uvicorn.Server):
    """uvicorn that ends without raising the signal again: a stop is a success here."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGINT and SIGTERM."""
        numbers = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _listen(port: int) -> socket.socket:
    # With the protocol named, asyncio turns Nagle's algorithm off for accepted connections; else
    # each response that leaves in two pieces waits 40 ms for an acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        # Listening from here on, a client that comes early waits instead of being refused.
        listener.listen(socket.SOMAXCONN)
    except OSError as error:
        listener.close()
        raise HostError(f"Port {port} on {LOOPBACK} cannot be used: {error.strerror}") from error
    return listener


def _set_environment(base_url: str) -> None:
    """Set what `func start` sets."""
    os.environ.setdefault("FUNCTIONS_WORKER_RUNTIME", "python")
    os.environ.setdefault("AZURE_FUNCTIONS_ENVIRONMENT", "Development")
    os.environ["WEBSITE_HOSTNAME"] = base_url.removeprefix("http://")
