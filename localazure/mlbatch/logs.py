"""The log files of jobs, by the names that Azure ML gives them, and addresses that open them.

Azure ML runs the scoring of a job as a child of the job: the parent has the log of its statuses,
the child has what its nodes wrote. The SDK fetches log files without a token, so an address carries
a signature, as in Azure; it holds until the service ends.
"""

import hashlib
import hmac
import secrets
from pathlib import Path
from urllib.parse import quote

from localazure.mlbatch.jobs import Job
from localazure.mlbatch.runner.folders import JobFolders
from localazure.mlbatch.store import JobStore

# The file that the SDK streams of a pipeline job.
_EXECUTION_LOG = "logs/azureml/executionlogs.txt"
# No job's name has a dot.
_CHILD = ".batchscoring"


def child_of(name: str) -> str:
    """Return the run that scores for a job."""
    return name + _CHILD


def parent_of(name: str) -> str | None:
    """Return the job that a scoring run belongs to; None for any other run."""
    return name.removesuffix(_CHILD) if name.endswith(_CHILD) else None


class Logs:
    """The logs of the jobs below the folder ``jobs``."""

    def __init__(self, jobs: Path, store: JobStore) -> None:
        self._jobs = jobs
        self._store = store
        self._key = secrets.token_bytes(32)

    def folder(self, name: str) -> Path:
        """Return where a job's nodes write."""
        return JobFolders(self._jobs / name).logs

    def addresses(self, job: Job, base_url: str, *, child: bool) -> dict[str, str]:
        """Return the log files of a job, or of its scoring run, with their addresses."""
        names = self._written(job.name) if child else [_EXECUTION_LOG]
        return {
            name: f"{base_url}/mlbatch/logs/{job.name}/{quote(name)}"
            f"?sig={self._signature(job.name, name)}"
            for name in names
        }

    def read(self, name: str, path: str, signature: str) -> str | None:
        """Return the text of a log file; None when the signature is not its own.

        Raises:
            NotFoundError: when there is no such job.
        """
        if not hmac.compare_digest(signature, self._signature(name, path)):
            return None
        if path == _EXECUTION_LOG:
            return self._execution_log(self._store.get(name))
        return (self.folder(name).parent / path).read_text(encoding="utf-8", errors="replace")

    def _written(self, name: str) -> list[str]:
        folder = self.folder(name)
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        return [path.relative_to(folder.parent).as_posix() for path in files]

    def _execution_log(self, job: Job) -> str:
        lines = [f"[{at:%Y-%m-%d %H:%M:%S}Z] {text}" for at, text in self._store.history(job.name)]
        if job.error:
            lines.append(f"{job.error.code}: {job.error.message}")
        return "\n".join(lines) + "\n"

    def _signature(self, name: str, path: str) -> str:
        return hmac.new(self._key, f"{name}/{path}".encode(), hashlib.sha256).hexdigest()
