"""The two that are compared, each a process that speaks lines of JSON: Azure's worker, and ours."""

import json
import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.azure_worker import driver
from tests.azure_worker.installing import PROJECT

Json = dict[str, Any]
DRIVER = Path(driver.__file__)
END_TIMEOUT_S = 30.0


class Peer:
    """A process that loads an app and then answers one request at a time."""

    def __init__(
        self, command: list[str], app: Path, environ: Mapping[str, str], log: Path
    ) -> None:
        self._log = log
        self._alone = threading.Lock()
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                cwd=PROJECT,
                env={**os.environ, **environ},
                text=True,
                encoding="utf-8",
            )
        # Nobody waits yet: loading takes seconds, and the other side can do it meanwhile.
        self._send({"ask": "load", "app": str(app)})

    @cached_property
    def loaded(self) -> Json:
        """What it told of the app that it was made with: its functions, or the error."""
        return self._receive()

    @property
    def functions(self) -> dict[str, Json]:
        """What it told of each function, by name."""
        assert "functions" in self.loaded, self.loaded["error"]["message"]
        return {one["name"]: one for one in self.loaded["functions"]}

    def ask(self, what: str, **given: Any) -> Json:
        """Send a request and return its answer."""
        assert "functions" in self.loaded, self.loaded["error"]["message"]
        with self._alone:
            self._send({"ask": what, **given})
            return self._receive()

    def load(self, app: Path) -> Json:
        """Load another app in the place of the first; return its functions, or the error."""
        return self.ask("load", app=str(app))

    def close(self) -> None:
        """End the process: it ends with its input."""
        self._process.communicate(timeout=END_TIMEOUT_S)

    def _send(self, request: Json) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()

    def _receive(self) -> Json:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, self._log.read_text(encoding="utf-8", errors="replace")
        return dict(json.loads(line))


class AzureWorker(Peer):
    """Azure's own worker library."""

    def __init__(self, python: Path, app: Path, environ: Mapping[str, str], log: Path) -> None:
        super().__init__([str(python), str(DRIVER)], app, environ, log)

    def bindings(self, function: str) -> list[Json]:
        """The bindings of a function, as the host is told them."""
        return [json.loads(text) for text in self.functions[function]["raw_bindings"]]

    def invoke(self, function: str, data: Json | None, *, client: str = "", **more: Any) -> Json:
        """Invoke a function with the data of its trigger; return what came of it.

        `client` is for functions with a durable client; `more` are `metadata` and `retry`.
        """
        inputs: dict[str, Json | None] = {}
        for binding in self.bindings(function):
            if binding["type"] == "durableClient":
                inputs[binding["name"]] = {"string": client}
            elif str(binding["type"]).endswith("Trigger"):
                inputs[binding["name"]] = data
        invocation_id = str(uuid.uuid4())
        return self.ask(
            "invoke", function=function, inputs=inputs, invocation_id=invocation_id, **more
        )


class StandInWorker(Peer):
    """What `localazure` runs functions with."""

    def __init__(self, app: Path, environ: Mapping[str, str], log: Path) -> None:
        command = [sys.executable, "-m", "tests.azure_worker.stand_in"]
        super().__init__(command, app, environ, log)
