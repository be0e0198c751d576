"""The Functions host as a child process, in the environment of the local cloud."""

import contextlib
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from localazure.state import State
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
    port = ports.choose("functions", options.port)
    command: list[str | Path] = [
        *(sys.executable, "-m", "localazure", "host", options.app),
        *("--port", str(port), "--state", state.folder),
        *(["--auth"] if options.auth else []),
    ]
    paths = [str(_PROJECT), os.environ.get("PYTHONPATH", "")]
    own = {
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        # Its lines are to appear when they are said.
        "PYTHONUNBUFFERED": "1",
    }
    async with run_child(
        "functions", command, state=state.folder, environment={**environment, **own}, echo=echo
    ) as child:
        await child.wait_until(partial(answers, port), _READY_TIMEOUT_S)
        yield FunctionsHost(f"http://{LOOPBACK}:{port}", child)
