"""The jobs in SQLite; the only place that writes a status, and it asks the life-cycle first."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from localazure.mlbatch.database import open_database, transaction
from localazure.mlbatch.errors import JobExistsError, NotFoundError, TransitionError
from localazure.mlbatch.jobs import Job, JobError, Progress
from localazure.mlbatch.lifecycle import ENDED, Status, allows


class JobStore:
    """Jobs that survive a restart. For one thread: the event loop's."""

    def __init__(self, path: Path) -> None:
        self._db = open_database(path)

    def close(self) -> None:
        """Release the file."""
        self._db.close()

    def add(self, job: Job) -> None:
        """Keep a new job; raise ``JobExistsError`` when its name is taken."""
        row = (
            job.name,
            job.endpoint,
            job.deployment,
            json.dumps(job.invocation),
            job.status,
            job.instance_count,
            job.created_at.isoformat(),
            json.dumps(asdict(job.progress)),
        )
        try:
            with transaction(self._db):
                self._db.execute(
                    "INSERT INTO jobs (name, endpoint, deployment, invocation, status, "
                    "instance_count, created_at, progress) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    row,
                )
                self._remember(job.name, job.status, job.created_at.isoformat())
        except sqlite3.IntegrityError as error:
            raise JobExistsError(job.name) from error

    def get(self, name: str) -> Job:
        """Return a job; raise ``NotFoundError`` when there is none of this name."""
        row = self._db.execute("SELECT * FROM jobs WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise NotFoundError("Job", name)
        return _job(row)

    def newest(
        self,
        *,
        endpoint: str | None = None,
        deployment: str | None = None,
        offset: int = 0,
        limit: int = 100,
    ) -> list[Job]:
        """Return jobs, newest first."""
        rows = self._db.execute(
            "SELECT * FROM jobs WHERE (?1 IS NULL OR endpoint = ?1)"
            " AND (?2 IS NULL OR deployment = ?2) ORDER BY number DESC LIMIT ?3 OFFSET ?4",
            (endpoint, deployment, limit, offset),
        )
        return [_job(row) for row in rows]

    def in_status(self, statuses: Iterable[Status], limit: int = -1) -> list[Job]:
        """Return the jobs that are in one of ``statuses``, oldest first; -1 means all."""
        wanted = list(statuses)
        marks = ", ".join("?" * len(wanted))
        rows = self._db.execute(
            f"SELECT * FROM jobs WHERE status IN ({marks}) ORDER BY number LIMIT ?",
            [*wanted, limit],
        )
        return [_job(row) for row in rows]

    def waiting(self, limit: int) -> list[Job]:
        """Return the head of each compute's queue, at most ``limit`` jobs; all oldest first."""
        found: list[Job] = []
        for compute in self._computes_in_demand():
            rows = self._db.execute(
                "SELECT * FROM jobs WHERE status = ? AND compute = ? ORDER BY number LIMIT ?",
                (Status.QUEUED, compute, limit),
            )
            found += map(_job, rows)
        return sorted(found, key=lambda job: job.created_at)

    def _computes_in_demand(self) -> Iterator[str]:
        # One step in the index per compute, however long the queues are.
        compute = ""
        while row := self._db.execute(
            "SELECT MIN(compute) FROM jobs WHERE status = ? AND compute > ?",
            (Status.QUEUED, compute),
        ).fetchone():
            if row[0] is None:
                return
            compute = row[0]
            yield compute

    def history(self, name: str) -> list[tuple[datetime, Status]]:
        """Return the statuses that a job has been in, and since when."""
        rows = self._db.execute(
            "SELECT at, status FROM statuses WHERE job = ? ORDER BY number", (name,)
        )
        return [(datetime.fromisoformat(at), Status(status)) for at, status in rows]

    def move(self, name: str, target: Status, error: JobError | None = None) -> Job:
        """Take a job to its next status; raise ``TransitionError`` when that is not allowed."""
        job = self.get(name)
        if not allows(job.status, target):
            raise TransitionError(name, job.status, target)
        now = datetime.now(UTC).isoformat()
        values = (
            target,
            json.dumps(asdict(error)) if error else None,
            now if target is Status.RUNNING else None,
            now if target in ENDED else None,
            name,
        )
        with transaction(self._db):
            self._db.execute(
                "UPDATE jobs SET status = ?, error = ?, started_at = COALESCE(started_at, ?),"
                " ended_at = ? WHERE name = ?",
                values,
            )
            self._remember(name, target, now)
        return self.get(name)

    def place(self, name: str, compute: str, instance_count: int) -> None:
        """Record which nodes a job takes, and how many, once its deployment is known."""
        self._db.execute(
            "UPDATE jobs SET compute = ?, instance_count = ? WHERE name = ?",
            (compute, instance_count, name),
        )

    def set_progress(self, name: str, progress: Progress) -> None:
        """Record how far a job has come."""
        self._db.execute(
            "UPDATE jobs SET progress = ? WHERE name = ?", (json.dumps(asdict(progress)), name)
        )

    def _remember(self, name: str, status: Status, at: str) -> None:
        self._db.execute(
            "INSERT INTO statuses (job, status, at) VALUES (?, ?, ?)", (name, status, at)
        )


def _job(row: sqlite3.Row) -> Job:
    return Job(
        name=row["name"],
        endpoint=row["endpoint"],
        deployment=row["deployment"],
        invocation=json.loads(row["invocation"]),
        created_at=datetime.fromisoformat(row["created_at"]),
        status=Status(row["status"]),
        instance_count=row["instance_count"],
        compute=row["compute"],
        started_at=_time(row["started_at"]),
        ended_at=_time(row["ended_at"]),
        progress=Progress(**json.loads(row["progress"])),
        error=JobError(**json.loads(row["error"])) if row["error"] else None,
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
