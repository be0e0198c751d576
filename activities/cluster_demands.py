"""What all pipelines that share a cluster ask of it: for `scale_compute`.

A pipeline's cluster is what its newest run has noted. One that never ran asks for nothing: nobody
knows yet where its jobs go.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import datetime, timedelta

from activities.endpoint_notes import EndpointNote, endpoint_note
from adapters.context import context, pipelines
from adapters.occurrences import next_runs
from adapters.scores_db import RunRow
from domain.clusters import Demand, pause_s
from domain.cost_month import MONTH_S
from domain.cost_policy import OVERDUE
from domain.expecting import START_S, PastRun, run_times
from domain.job_times import start_seconds
from domain.pipeline import Pipeline
from domain.pipeline.events import EventsSource
from domain.runs import RunStatus

RUNS_LOOKED_AT = 20
NOTES_LOOKED_AT = 3
LONGEST_RUN = timedelta(days=1)
"""A run that is under way for longer is supposed to be lost: it holds no nodes any more."""

QUIET_INTERVALS = 3
"""A stream that had no run for so many intervals is supposed to be silent."""


@dataclass(frozen=True)
class Changing:
    """The run that begins or ends right now: the ledger may not know that yet."""

    run_id: str
    pipeline: str
    began: datetime | None


def cluster_of(pipeline: str, run_id: str | None) -> str | None:
    """The cluster that a run's jobs go to, or those of the pipeline's newest run."""
    runs = [run_id] if run_id is not None else []
    runs += [row.run_id for row in context().scores.list_runs(pipeline, limit=NOTES_LOOKED_AT)]
    note = _first_note(pipeline, runs)
    return note.compute if note is not None else None


def first_user_of(cluster: str) -> str | None:
    """The first pipeline by name that uses the cluster: one of those that share it is enough to
    look at it in a round over all."""
    users = (name for name in sorted(pipelines()) if cluster_of(name, None) == cluster)
    return next(users, None)


def demands_on(cluster: str, now: datetime, changing: Changing | None) -> list[Demand]:
    """What every pipeline that uses the cluster asks of it."""
    found = []
    for pipeline in pipelines().values():
        rows = context().scores.list_runs(pipeline.name, limit=RUNS_LOOKED_AT)
        own = changing if changing and changing.pipeline == pipeline.name else None
        ids = ([own.run_id] if own else []) + [row.run_id for row in rows[:NOTES_LOOKED_AT]]
        note = _first_note(pipeline.name, ids)
        if note is not None and note.compute == cluster:
            found.append(_demand(pipeline, rows, note, now, own))
    return found


def start_of(demands: list[Demand]) -> float:
    """How long the cluster's nodes take to start: as set, as measured, or as supposed."""
    if (told := context().settings.costs.start_s) is not None:
        return told
    measured = [start_seconds(context().scores.past_jobs(d.pipeline)) for d in demands]
    return max((one for one in measured if one is not None), default=START_S)


def _first_note(pipeline: str, run_ids: list[str]) -> EndpointNote | None:
    notes = (_note(context().lake, pipeline, run_id) for run_id in dict.fromkeys(run_ids))
    return next((note for note in notes if note is not None and note.compute), None)


def _note(lake: object, pipeline: str, run_id: str) -> EndpointNote | None:
    try:
        return _known_note(lake, pipeline, run_id)
    except LookupError:
        return None


@functools.lru_cache(maxsize=1024)
def _known_note(lake: object, pipeline: str, run_id: str) -> EndpointNote:
    """Notes do not change once they are there. Raises LookupError, which is not remembered."""
    del lake  # only part of the key
    note = endpoint_note(pipeline, run_id)
    if note is None:
        raise LookupError(run_id)
    return note


def _demand(
    pipeline: Pipeline,
    rows: list[RunRow],
    note: EndpointNote,
    now: datetime,
    changing: Changing | None,
) -> Demand:
    past = [PastRun(r.seconds, r.counts) for r in rows if r.status is RunStatus.COMPLETED]
    times = run_times(pipeline, past)
    began = {r.run_id: r.started_at for r in rows if not r.status.has_ended}
    if changing is not None:
        began.pop(changing.run_id, None)
        if changing.began is not None:
            began[changing.run_id] = changing.began
    running = tuple(sorted(at for at in began.values() if now - at < LONGEST_RUN))
    last = max([row.started_at for row in rows] + list(running), default=None)
    runs, horizon_s = _expected(pipeline, now, last)
    return Demand(
        pipeline=pipeline.name,
        nodes=times.jobs * note.instances,
        head_s=times.head_s,
        run_s=times.run_s,
        pause_s=pause_s(pipeline.model.poll.cap.total_seconds()),
        next_runs=runs,
        horizon_s=horizon_s,
        running=running,
    )


def _expected(
    pipeline: Pipeline, now: datetime, last: datetime | None
) -> tuple[tuple[datetime, ...], float]:
    """When it runs next, from the last run on: a tick that no run has answered is expected yet."""
    source = pipeline.source
    if isinstance(source, EventsSource) and (
        last is None or now - last > QUIET_INTERVALS * source.score_every
    ):
        return (), MONTH_S
    return next_runs(pipeline, max(now - OVERDUE, last) if last is not None else now - OVERDUE)
