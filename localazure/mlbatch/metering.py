"""What nodes cost: spans of time in which nodes were up, and in which jobs held them.

Azure bills a node from its start to its end, whatever it does. So a node's span includes its
start-up and its idle time; a job's span is what it can be blamed for. Spans that are open when the
service is killed end at the last moment at which it was seen alive.
"""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from localazure.mlbatch.database import open_database


@dataclass(frozen=True)
class ComputeUse:
    """What the nodes of a compute have done so far."""

    compute: str
    nodes_started: int
    node_seconds_up: float
    node_seconds_busy: float


@dataclass(frozen=True)
class JobUse:
    """What a job has taken so far."""

    job: str
    compute: str
    nodes: int
    node_seconds: float


class Meter:
    """Spans in SQLite. Times are in seconds since 1970."""

    def __init__(self, path: Path) -> None:
        self._db = open_database(path)

    def close(self) -> None:
        """Release the file."""
        self._db.close()

    def settle(self) -> None:
        """End all spans where they were last seen: what was open belongs to an earlier service."""
        self._db.execute("UPDATE node_spans SET open = 0 WHERE open")
        self._db.execute("UPDATE job_spans SET open = 0 WHERE open")

    def beat(self, now: float) -> None:
        """Note that all open spans last until now."""
        self._db.execute("UPDATE node_spans SET seen_at = ? WHERE open", (now,))
        self._db.execute("UPDATE job_spans SET seen_at = ? WHERE open", (now,))

    def node_up(self, compute: str, now: float) -> int:
        """Begin the span of a node; return the node's number."""
        number = self._db.execute(
            "INSERT INTO node_spans (compute, started_at, seen_at, open) VALUES (?, ?, ?, 1)",
            (compute, now, now),
        ).lastrowid
        return number or 0

    def node_down(self, number: int, now: float) -> None:
        """End the span of a node."""
        self._db.execute(
            "UPDATE node_spans SET seen_at = ?, open = 0 WHERE number = ?", (now, number)
        )

    def take(self, job: str, compute: str, nodes: int, now: float) -> None:
        """Begin the span of a job."""
        self._db.execute(
            "INSERT OR REPLACE INTO job_spans (job, compute, nodes, started_at, seen_at, open)"
            " VALUES (?, ?, ?, ?, ?, 1)",
            (job, compute, nodes, now, now),
        )

    def release(self, job: str, now: float) -> None:
        """End the span of a job."""
        self._db.execute("UPDATE job_spans SET seen_at = ?, open = 0 WHERE job = ?", (now, job))

    def of_job(self, job: str) -> float:
        """Return the node-seconds of a job; 0 for one that had no node yet."""
        row = self._db.execute(
            "SELECT nodes * (seen_at - started_at) FROM job_spans WHERE job = ?", (job,)
        ).fetchone()
        return float(row[0]) if row else 0.0

    def computes(self) -> list[ComputeUse]:
        """Return what each compute has cost, by name."""
        rows = self._db.execute(
            "SELECT compute, COUNT(*), SUM(seen_at - started_at), COALESCE((SELECT"
            "   SUM(nodes * (jobs.seen_at - jobs.started_at)) FROM job_spans AS jobs"
            "   WHERE jobs.compute = node_spans.compute), 0)"
            " FROM node_spans GROUP BY compute ORDER BY compute"
        )
        return [ComputeUse(*row) for row in rows]

    def jobs(self, pattern: str = "*") -> list[JobUse]:
        """Return what the jobs whose names match a shell pattern have taken, by name."""
        rows: sqlite3.Cursor = self._db.execute(
            "SELECT job, compute, nodes, nodes * (seen_at - started_at) FROM job_spans"
            " WHERE job GLOB ? ORDER BY job",
            (pattern,),
        )
        return [JobUse(*row) for row in rows]
