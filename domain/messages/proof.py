"""What a run believes it did, and what is found when it is looked at."""

from __future__ import annotations

from pydantic import Field

from domain.messages.base import Message
from domain.messages.runs import Run


class Removed(Message):
    """What `remove_vanished` did."""

    rows: int


class ReconcileOrder(Message):
    """What a run believes it did, for `reconcile_run` to prove."""

    run: Run
    windows: int
    chunks: int


class StoredCounts(Message):
    """What the database holds of a run."""

    chunks_scored: int
    chunks_failed: int
    jobs_submitted: int
    rows_scored: int
    rows_rejected: int
    rows_failed: int = Field(description="Rows of chunks that were given up.")
    rows_in_sql: int
    rows_superseded: int
    rejected: dict[str, int] = Field(
        default_factory=dict, description="Rejected rows by the kind of reason."
    )


class Reconciled(StoredCounts):
    """What `reconcile_run` counted, and whether it adds up."""

    balanced: bool
    explanation: str


class Measured(Message):
    """What `measure_quality` found in a run: where the details are is the table `quality`.

    `warnings` name the thresholds of the pipeline that were passed, the gravest first, and are
    bounded; `notes_missing` counts parts whose model says nothing about quality.
    """

    columns: int
    notes: int
    notes_missing: int
    anomaly_share: float | None = None
    worst_psi: float | None = None
    worst_column: str | None = None
    warnings: tuple[str, ...] = ()


class Metered(Message):
    """What a run used of its cluster: `cost` is None if no price is known."""

    jobs: int
    node_seconds: float
    cost: float | None = None
    currency: str | None = None
    why: str
