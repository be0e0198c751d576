"""``up``: start the local cloud and the Functions host, watch over them, stop them in order."""

import asyncio
import contextlib
import logging
import logging.handlers
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from localazure.cloud.local_cloud import CloudOptions, LocalCloud, run_cloud
from localazure.errors import ChildEndedError, LocalAzureError
from localazure.state import State, write_json
from localazure.supervisor.child import Child
from localazure.supervisor.console import Progress
from localazure.supervisor.host import FunctionsHost, HostOptions, run_host
from localazure.supervisor.lock import hold_state
from localazure.supervisor.ports import Ports

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def supervise(options: CloudOptions, host: HostOptions | None, progress: Progress) -> int:
    """Run until Ctrl-C or SIGTERM; return the exit code.

    Raises:
        LocalAzureError: if a part cannot start or ends by itself; all others are stopped then.
    """
    state = options.state
    with hold_state(state.folder), _logging_to(state.logs / "cloud.log"):
        state.endpoints.unlink(missing_ok=True)
        try:
            asyncio.run(_run(options, host, progress))
        except asyncio.CancelledError:
            progress.stopped()
        finally:
            state.endpoints.unlink(missing_ok=True)
    return 0


async def _run(options: CloudOptions, host: HostOptions | None, progress: Progress) -> None:
    _cancel_on_signal(progress)
    state, ports = options.state, Ports(options.state.ports)
    async with contextlib.AsyncExitStack() as stack:
        cloud = await stack.enter_async_context(run_cloud(options, ports, progress.part))
        functions = None
        if host:
            functions = await stack.enter_async_context(
                run_host(host, state, ports, cloud.environment, progress.echo)
            )
            progress.part("functions", functions.url)
        write_json(state.endpoints, _endpoints(state, cloud, functions))
        progress.ready(state.logs)
        try:
            await _watch([cloud.azurite, *([functions.child] if functions else [])], cloud.server)
        finally:
            # Readers must not find an address behind which nothing will answer.
            state.endpoints.unlink(missing_ok=True)


async def _watch(children: list[Child], server: "asyncio.Task[None]") -> None:
    """Wait until a part ends by itself, which none should."""
    waiting = {asyncio.create_task(child.process.wait()): child for child in children}
    try:
        done, _ = await asyncio.wait({*waiting, server}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
    for task, child in waiting.items():
        if task in done:
            raise ChildEndedError(child.name, task.result(), child.tail())
    raise LocalAzureError("the server of the local cloud ended; see cloud.log")


def _endpoints(state: State, cloud: LocalCloud, functions: FunctionsHost | None) -> dict[str, Any]:
    return {
        "functions": functions.url if functions else None,
        "cloud": cloud.url,
        "blob": cloud.blob_uri,
        "insights": f"{cloud.url}/insights/items",
        "ca_bundle": str(cloud.bundle),
        "logs": str(state.logs),
        "pid": os.getpid(),
        "environment": cloud.environment,
    }


def _cancel_on_signal(progress: Progress) -> None:
    """Let the first signal cancel this task; more of them do not interrupt the stopping."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    # What nohup ignores stays ignored.
    numbers = [number for number in _SIGNALS if signal.getsignal(number) != signal.SIG_IGN]

    def stop() -> None:
        for number in numbers:
            loop.add_signal_handler(number, lambda: None)
        if task:
            task.cancel()
        progress.stopping()

    for number in numbers:
        loop.add_signal_handler(number, stop)


@contextlib.contextmanager
def _logging_to(path: Path) -> Iterator[None]:
    handler = logging.handlers.RotatingFileHandler(path, maxBytes=5_000_000, backupCount=1)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    loggers = [logging.getLogger(name) for name in ("localazure", "uvicorn")]
    for logger in loggers:
        logger.setLevel(logging.INFO)
        logger.addHandler(handler)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
        handler.close()
