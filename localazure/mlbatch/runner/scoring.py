"""Mini-batches onto workers: attempts, replacements, and the stop when too much has failed."""

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from pathlib import Path

from localazure.mlbatch.errors import JobFailedError, NodeWornOutError
from localazure.mlbatch.runner.conditions import Conditions, WorkerLimits
from localazure.mlbatch.runner.folders import JobFolders
from localazure.mlbatch.runner.outputs import Outputs
from localazure.mlbatch.runner.reporter import Reporter
from localazure.mlbatch.runner.tally import MiniBatch, Tally
from localazure.mlbatch.runner.watch import Watch
from localazure.mlbatch.runner.worker_process import WorkerProcess
from localazure.mlbatch.spec import JobSpec
from localazure.mlbatch.worker.messages import Reply


class Workers:
    """The worker processes of one job, by index; killed together at the end."""

    def __init__(self, spec: JobSpec, folders: JobFolders, limits: WorkerLimits) -> None:
        self._spec = spec
        self._folders = folders
        self._processes: dict[int, WorkerProcess] = {}
        self._lock = threading.Lock()
        self._closed = False
        self._worn_out: str | None = None
        self.watch = Watch(limits, self._pids, self._logs, self._give_up)

    def start(self, index: int) -> WorkerProcess:
        """Return the worker of this index, started if there is none that lives."""
        self.check()
        with self._lock:
            if self._closed:
                raise JobFailedError("the job was stopped")
            process = self._processes.get(index)
            if process is None or not process.alive:
                process = WorkerProcess(self._spec, self._folders, index)
                self._processes[index] = process
            return process

    def ready(self, index: int) -> WorkerProcess:
        """Return a worker that has run ``init()``; raise ``JobFailedError`` when it cannot."""
        process = self.start(index)
        reply = process.wait_ready()
        if not reply.ok:
            self.log(reply)
            self.check()
            raise JobFailedError(f"{reply.message}; logs: {self._folders.errors.parent}")
        return process

    def check(self) -> None:
        """Raise ``NodeWornOutError`` if the job has broken its node."""
        if self._worn_out:
            raise NodeWornOutError(self._worn_out)

    def log(self, reply: Reply) -> None:
        """Add what went wrong to the job's error log."""
        with self._lock, self._folders.errors.open("a", encoding="utf-8") as file:
            file.write(f"{reply.message}\n{reply.traceback}\n")

    def end(self) -> None:
        """Let all workers shut down."""
        with ThreadPoolExecutor(max(1, len(self._processes))) as pool:
            list(pool.map(WorkerProcess.end, self._processes.values()))

    def kill(self) -> None:
        """Stop all workers now, and start none again."""
        with self._lock:
            self._closed = True
            for process in self._processes.values():
                process.kill()

    def _pids(self) -> dict[int, Callable[[str], None]]:
        with self._lock:
            living = [process for process in self._processes.values() if process.alive]
        return {process.pid: process.kill for process in living}

    def _logs(self) -> list[Path]:
        with self._lock:
            indexes = list(self._processes)
        return [
            self._folders.log(index, stream) for index in indexes for stream in ("stdout", "stderr")
        ]

    def _give_up(self, reason: str) -> None:
        self._worn_out = reason
        self.kill()


class Scoring:
    """Scores all mini-batches of a job."""

    def __init__(
        self,
        spec: JobSpec,
        workers: Workers,
        outputs: Outputs,
        tally: Tally,
        reporter: Reporter,
        conditions: Conditions,
    ) -> None:
        self._conditions = conditions
        self._retries = spec.settings.retry_settings
        self._workers = workers
        self._outputs = outputs
        self._tally = tally
        self._reporter = reporter
        self._waiting: queue.SimpleQueue[MiniBatch] = queue.SimpleQueue()

    def run(self, batches: Sequence[MiniBatch], workers: int) -> None:
        """Score with ``workers`` processes; raise ``JobFailedError`` when the job is lost."""
        for batch in batches:
            self._waiting.put(batch)
        with ThreadPoolExecutor(workers, thread_name_prefix="worker") as pool:
            slots = [pool.submit(self._serve, index) for index in range(workers)]
            done, _ = wait(slots, return_when=FIRST_EXCEPTION)
            if any(slot.exception() for slot in done):
                self._workers.kill()
        for slot in done:
            slot.result()

    def _serve(self, index: int) -> None:
        while True:
            try:
                batch = self._waiting.get_nowait()
            except queue.Empty:
                return
            reply = self._score(index, batch)
            if reply.ok:
                self._tally.succeeded()
            else:
                self._tally.failed(batch, reply.message)
            self._reporter.tell_progress(self._tally)
            self._tally.check()

    def _score(self, index: int, batch: MiniBatch) -> Reply:
        """Score one mini-batch, with as many attempts as its deployment allows."""
        if name := self._conditions.failing(batch.files):
            reply = Reply(ok=False, message=f"run(): {name} fails, as a planned fault says")
            self._workers.log(reply)
            return reply
        for _ in range(self._retries.max_retries + 1):
            worker = self._workers.ready(index)
            reply = worker.score(
                list(batch.files), self._outputs.rows_file(batch), self._retries.timeout
            )
            if reply.ok:
                self._outputs.keep(index, batch)
                return reply
            self._outputs.discard(index)
            self._workers.log(reply)
            self._workers.check()
        return reply
