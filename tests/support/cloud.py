"""Run the local cloud as a real process for a test: ``with local_cloud(...) as cloud``.

Every cloud has a state folder and ports of its own, so tests may run side by side. It ends with the
test process, however that ends.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import yaml

from localazure.state import read_json
from localazure.supervisor import leash
from tests.support.waiting import wait_until

PROJECT = Path(__file__).parents[2]
# The first start on a machine installs Azurite.
_READY_TIMEOUT_S = 150.0


@dataclass(frozen=True, slots=True)
class RunningCloud:
    """A local cloud that is ready; ``pid`` is its supervisor's."""

    state: Path
    endpoints: Mapping[str, Any]
    console: Path

    @property
    def environment(self) -> dict[str, str]:
        """Variables that a process needs to talk to this cloud; add them to ``os.environ``."""
        return dict(self.endpoints["environment"])

    @property
    def url(self) -> str:
        """Address of the https server, without a slash at its end."""
        return str(self.endpoints["cloud"])

    @property
    def blob_uri(self) -> str:
        """Address of the storage account."""
        return str(self.endpoints["blob"])

    @property
    def functions_url(self) -> str:
        """Address of the Functions app, if one was started."""
        return str(self.endpoints["functions"])

    @property
    def ca_bundle(self) -> str:
        """File with the certificate authorities to trust."""
        return str(self.endpoints["ca_bundle"])

    @property
    def pid(self) -> int:
        """Process id of the supervisor."""
        return int(self.endpoints["pid"])

    @contextlib.contextmanager
    def applied(self) -> Iterator[None]:
        """Put ``environment`` into this process, for SDK clients that the test itself makes."""
        before = dict(os.environ)
        os.environ.update(self.environment)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


@contextlib.contextmanager
def local_cloud(
    state: Path,
    config: Path | Mapping[str, Any],
    root: Path = PROJECT,
    app: Path | None = None,
    *,
    arguments: tuple[str, ...] = (),
    environment: Mapping[str, str] | None = None,
) -> Iterator[RunningCloud]:
    """Run ``python -m localazure cloud``, or ``up`` if ``app`` is given, while the context lasts.

    ``config`` is a file or the content of one; ``root`` what its relative paths refer to.
    """
    state.mkdir(parents=True, exist_ok=True)
    if not isinstance(config, Path):
        document, config = config, state / "localazure.yml"
        config.write_text(yaml.safe_dump(dict(document)), encoding="utf-8")
    command = ["cloud"] if app is None else ["up", "--app", str(app), "--port", "0"]
    command += ["--config", str(config), "--root", str(root), "--state", str(state), *arguments]
    console = state / "console.log"
    with start_localazure(command, state, console, environment) as process:
        endpoints = _wait_until_ready(process, state, console)
        yield RunningCloud(state, endpoints, console)


@contextlib.contextmanager
def start_localazure(
    command: list[str],
    state: Path,
    console: Path,
    environment: Mapping[str, str] | None = None,
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run ``python -m localazure COMMAND`` on a leash; its output goes to the file ``console``."""
    with console.open("ab") as output:
        process = subprocess.Popen(
            [
                *(sys.executable, "-I", "-S", leash.__file__, str(state / "test.lock")),
                *(sys.executable, "-m", "localazure", *command),
            ],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=PROJECT,
            env={**os.environ, **(environment or {})},
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)
        if process.stdin:
            process.stdin.close()


def _wait_until_ready(
    process: "subprocess.Popen[bytes]", state: Path, console: Path
) -> Mapping[str, Any]:
    """Return the addresses that this very process has written."""
    found: list[Mapping[str, Any]] = []

    def is_ready() -> bool:
        if process.poll() is not None:
            raise AssertionError(f"the local cloud ended:\n{console.read_text(encoding='utf-8')}")
        endpoints = read_json(state / "endpoints.json")
        if not endpoints or not _is_child(int(endpoints["pid"]), process.pid):
            return False
        found.append(endpoints)
        return True

    wait_until(is_ready, description="the local cloud is ready", timeout_s=_READY_TIMEOUT_S)
    return found[0]


def _is_child(pid: int, parent: int) -> bool:
    try:
        return psutil.Process(pid).ppid() == parent
    except psutil.NoSuchProcess:
        return False
