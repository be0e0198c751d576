"""What a node brings to a job besides the job: limits of worker processes, and planned failures.

It is written beside the job when the job starts, because it is about the node: a job that waited
runs under the limits of the service that runs it.
"""

from fnmatch import fnmatchcase
from pathlib import Path

from pydantic import Field

from localazure.mlbatch.settings import Model

_FILE = "conditions.json"


class WorkerLimits(Model):
    """What one worker process may take, with all that it starts; a real node would break."""

    memory_mb: int = Field(default=4096, ge=64)
    processes: int = Field(default=64, ge=1)
    log_mb: int = Field(default=64, ge=1)


class Conditions(Model):
    """The surroundings of one job."""

    limits: WorkerLimits = WorkerLimits()
    failing_files: tuple[str, ...] = ()

    def failing(self, files: tuple[Path, ...]) -> str | None:
        """Return the first of some files that must fail, if any."""
        for file in files:
            if any(fnmatchcase(file.name, pattern) for pattern in self.failing_files):
                return file.name
        return None

    def write(self, folder: Path) -> None:
        """Keep the conditions beside the job."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _FILE).write_text(self.model_dump_json(), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> "Conditions":
        """Return the conditions of the job of a folder."""
        return cls.model_validate_json((folder / _FILE).read_bytes())
