"""One worker process from the outside: started, given mini-batches, timed, killed."""

import contextlib
import os
import queue
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import psutil

from localazure.mlbatch.runner.folders import JobFolders
from localazure.mlbatch.spec import JobSpec
from localazure.mlbatch.worker.messages import (
    Reply,
    Setup,
    Task,
    decode_reply,
    encode,
    package_root,
)

_INIT_TIMEOUT_S = 600.0
_END_TIMEOUT_S = 5.0


class WorkerProcess:
    """A fresh interpreter with the job's scoring script; ``index`` names its logs and outputs."""

    def __init__(self, spec: JobSpec, folders: JobFolders, index: int) -> None:
        self._replies: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._ready = False
        self._reason: str | None = None
        with folders.log(index, "stderr").open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "localazure.mlbatch.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=folders.work,
                env=_environment(spec, folders, index),
            )
        threading.Thread(target=self._read, daemon=True).start()
        self._send(
            Setup(
                code=str(spec.code),
                script=str(spec.scoring_script),
                logging_level=spec.settings.logging_level,
                stdout_file=str(folders.log(index, "stdout")),
            )
        )

    def wait_ready(self) -> Reply:
        """Wait until ``init()`` has returned, or say why it did not."""
        if self._ready:
            return Reply(ok=True)
        reply = self._receive(_INIT_TIMEOUT_S, "init()")
        self._ready = reply.ok
        return reply

    def score(self, files: list[Path], rows_file: Path | None, timeout_s: float) -> Reply:
        """Have a mini-batch scored. After a reply that is not ok, look at ``alive``."""
        rows = str(rows_file) if rows_file else None
        self._send(Task(files=[str(file) for file in files], rows_file=rows))
        return self._receive(timeout_s, "run()")

    @property
    def alive(self) -> bool:
        """Say whether the process can take another mini-batch."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def kill(self, reason: str | None = None) -> None:
        """End the process, and what it started, at once; ``reason`` is told with the reply."""
        if self._process.poll() is not None:
            return
        self._reason = self._reason or reason
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(self._process.pid)
            # It must not start more while what it started is looked for.
            process.suspend()
            for child in process.children(recursive=True):
                with contextlib.suppress(psutil.NoSuchProcess):
                    child.kill()
        self._process.kill()
        self._process.wait()

    def end(self) -> None:
        """Let the script shut down; kill it when it does not."""
        self._send(None)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_TIMEOUT_S)
        self.kill()

    def _send(self, message: Setup | Task | None) -> None:
        # A process that has just died is noticed when its reply does not come.
        with contextlib.suppress(BrokenPipeError):
            if self._process.stdin:
                self._process.stdin.write(encode(message))
                self._process.stdin.flush()

    def _receive(self, timeout_s: float, call: str) -> Reply:
        try:
            line = self._replies.get(timeout=timeout_s)
        except queue.Empty:
            self.kill()
            return Reply(ok=False, message=f"{call} took longer than {timeout_s:g} s")
        if line:
            reply = decode_reply(line)
            return reply if reply.ok else replace(reply, message=f"{call}: {reply.message}")
        self.kill()
        code = self._process.returncode
        how = f"with exit code {code}" if code >= 0 else f"by signal {-code}"
        if self._reason:
            how = f"because {self._reason}"
        return Reply(ok=False, message=f"{call}: the worker process was ended {how}")

    def _read(self) -> None:
        if self._process.stdout:
            for line in self._process.stdout:
                self._replies.put(line)
        self._replies.put(b"")


def _environment(spec: JobSpec, folders: JobFolders, index: int) -> dict[str, str]:
    environment = {**os.environ, **spec.settings.environment_variables}
    paths = [str(package_root()), environment.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    environment["AZUREML_RUN_ID"] = spec.name
    environment["AZUREML_BI_OUTPUT_PATH"] = str(folders.outputs(index))
    if spec.model is not None:
        environment["AZUREML_MODEL_DIR"] = str(folders.models)
    return environment
