"""The Functions host as a child process, in the environment of the local cloud."""

import contextlib
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from localazure.state import State, read_json
from localazure.supervisor.binding import run_bound_child
from localazure.supervisor.child import Child, run_child
from localazure.supervisor.ports import LOOPBACK, Ports
from localazure.supervisor.probes import answers

# Importing an app can take long: models, data frames, a cold disk.
_READY_TIMEOUT_S = 120.0
_PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class HostOptions:
    """The Functions app to run; ``port`` 0 means the last or any free one."""

    app: Path
    port: int
    auth: bool


@dataclass(frozen=True, slots=True)
class FunctionsHost:
    """A host that answers at ``url``."""

    url: str
    child: Child


@contextlib.asynccontextmanager
async def run_host(
    options: HostOptions,
    state: State,
    ports: Ports,
    environment: Mapping[str, str],
    echo: Callable[[str], None],
) -> AsyncIterator[FunctionsHost]:
    """Run the host while the context lasts; ``echo`` receives what it says."""
    # The host writes it when it serves: only this start's file may be taken for it.
    note = state.folder / "functions_host.json"
    note.unlink(missing_ok=True)

    def start(port: int) -> AbstractAsyncContextManager[Child]:
        return run_child(
            "functions",
            _command(options, state, port),
            state=state.folder,
            environment={**environment, **_own_environment()},
            echo=echo,
        )

    async def is_ready(port: int) -> bool:
        written = read_json(note) or {}
        return written.get("url") == _url(port) and await answers(port)

    async with run_bound_child(
        ports, "functions", start, is_ready, wanted=options.port, timeout_s=_READY_TIMEOUT_S
    ) as (port, child):
        yield FunctionsHost(_url(port), child)


def _url(port: int) -> str:
    return f"http://{LOOPBACK}:{port}"


def _command(options: HostOptions, state: State, port: int) -> list[str | Path]:
    return [
        *(sys.executable, "-m", "localazure", "host", options.app),
        *("--port", str(port), "--state", state.folder),
        *(["--auth"] if options.auth else []),
    ]


def _own_environment() -> dict[str, str]:
    paths = [str(_PROJECT), os.environ.get("PYTHONPATH", "")]
    return {
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        # Its lines are to appear when they are said.
        "PYTHONUNBUFFERED": "1",
    }
