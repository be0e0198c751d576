"""A real host process on a free port, for tests: started, killed, started again, never left."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from tests.support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[3]
APPS = ROOT / "tests" / "apps"
ENDED = ("Completed", "Failed", "Terminated")


class HostProcess:
    """One app folder, one state folder, and the process that serves them."""

    def __init__(self, app: Path, state: Path, *options: str, **environ: str) -> None:
        self.app = app
        self.state = state
        self.options = options
        self.environ = {**os.environ, "PYTHONUNBUFFERED": "1", **environ}
        self.log = state.with_name(f"{state.name}.log")
        self.url = ""
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> "HostProcess":
        """Start the process and wait until it answers."""
        address = self.state / "functions_host.json"
        address.unlink(missing_ok=True)
        self._process = self._popen()
        wait_until(
            lambda: address.exists() or self._process_ended(), description="the host is ready"
        )
        assert address.exists(), self.output()
        self.url = json.loads(address.read_text("utf-8"))["url"]
        return self

    def run_to_end(self) -> int:
        """Start a host that is expected to refuse, and return its exit code."""
        self._process = self._popen()
        return self._process.wait(timeout=30)

    def kill(self) -> None:
        """End the process as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(timeout=10)

    def stop(self) -> int:
        """Ask the process to stop and return its exit code."""
        if self._process is None:
            return 0
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def output(self) -> str:
        """Return all that the process has written."""
        return self.log.read_text("utf-8") if self.log.exists() else ""

    def get(self, path: str, **options: Any) -> httpx.Response:
        """GET a path of the host."""
        return httpx.get(self.url + path, timeout=20, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        """POST to a path of the host."""
        return httpx.post(self.url + path, timeout=20, **options)

    def delete(self, url: str) -> httpx.Response:
        """DELETE a URL."""
        return httpx.delete(url, timeout=20)

    def start_new(self, name: str, given: Any = None, instance_id: str | None = None) -> str:
        """Start an orchestrator through the app's own starter."""
        path = f"/api/start/{name}" + (f"/{instance_id}" if instance_id else "")
        response = self.post(path, json=given)
        assert response.status_code == 202, response.text + self.output()
        return str(response.json()["id"])

    def status(self, instance_id: str, **query: str) -> dict[str, Any]:
        """Return an instance's status."""
        response = self.get(f"{WEBHOOKS}/instances/{instance_id}", params=query)
        return dict(response.json()) if response.content else {}

    def finish(self, instance_id: str, timeout_s: float = 20.0) -> dict[str, Any]:
        """Wait until an instance has ended and return its status."""
        ended = wait_until(
            lambda: self._ended(instance_id),
            description=f"instance {instance_id} has ended",
            timeout_s=timeout_s,
        )
        return ended or {}

    def run(self, name: str, given: Any = None) -> dict[str, Any]:
        """Start an orchestrator and wait for its end."""
        return self.finish(self.start_new(name, given))

    def raise_event(self, instance_id: str, name: str, data: Any = None) -> httpx.Response:
        """Send an external event over the webhooks."""
        path = f"{WEBHOOKS}/instances/{instance_id}/raiseEvent/{name}"
        headers = {"content-type": "application/json"}
        return self.post(path, content=json.dumps(data), headers=headers)

    def _ended(self, instance_id: str) -> dict[str, Any] | None:
        status = self.status(instance_id)
        return status if status.get("runtimeStatus") in ENDED else None

    def _process_ended(self) -> bool:
        return self._process is not None and self._process.poll() is not None

    def _popen(self) -> "subprocess.Popen[bytes]":
        self.log.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "localazure.functions_host", str(self.app)]
        command += ["--port", "0", "--state", str(self.state), *self.options]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command, cwd=ROOT, env=self.environ, stdout=log, stderr=subprocess.STDOUT
            )


WEBHOOKS = "/runtime/webhooks/durabletask"
