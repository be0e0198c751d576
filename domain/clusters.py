"""A cluster of nodes, and what pipelines ask of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

UPSERT_S = 60.0
"""How long writing a job's scores may hold up the next job."""


@dataclass(frozen=True)
class Cluster:
    """What Azure ML says about a cluster; `is_busy` while a change of it is under way."""

    name: str
    min_instances: int
    max_instances: int
    idle_s: int
    low_priority: bool = False
    is_busy: bool = False


@dataclass(frozen=True)
class Demand:
    """What one pipeline asks of its cluster, now and in the coming month.

    `nodes` are those that its jobs use at once. A run needs them `head_s` after its beginning, when
    its windows are computed, and for `run_s`. Between two jobs they may idle for `pause_s`.
    `next_runs` are the beginnings that are expected within `horizon_s` from now, in order;
    `running` the beginnings of runs that are under way.
    """

    pipeline: str
    nodes: int
    head_s: float
    run_s: float
    pause_s: float
    next_runs: tuple[datetime, ...]
    horizon_s: float
    running: tuple[datetime, ...] = ()
    known_ahead: bool = True


def pause_s(poll_cap_s: float) -> float:
    """How long nodes may idle within a run: until somebody looks, and the next job is submitted."""
    return poll_cap_s + UPSERT_S
