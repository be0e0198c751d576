"""`cost`: what a pipeline's nodes cost in a month, and what the cost policy would do about it.

Works without a cloud. What is not said on the command line comes from the settings and from past
runs, if the app answers; otherwise it is supposed, and the output says so.
"""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console

from adapters.occurrences import next_runs, occurrences
from commands.app_api import AppApi
from commands.cost_table import Estimate, show_estimate
from commands.errors import CommandError, UsageError
from commands.pipelines import pipeline_named
from domain.clusters import Cluster, Demand, pause_s
from domain.cost_month import MONTH_S, month_always_on, month_of, month_to_zero
from domain.cost_policy import Situation, decide, terms_for
from domain.cost_settings import CostSettings, read_cost_settings
from domain.errors import SettingsError
from domain.expecting import START_S, PastRun, RunTimes, run_times
from domain.messages import Moment
from domain.pipeline import Pipeline
from domain.pipeline.events import EventsSource

RUNS_ASKED_FOR = 5


@dataclass(frozen=True)
class Told:
    """A value, and where it comes from."""

    value: RunTimes
    source: str


def estimate_cost(options: argparse.Namespace, key: str | None, console: Console) -> None:
    """Prints the estimate. Raises UsageError for wrong options, files or settings."""
    pipeline = pipeline_named(options.pipeline, options.pipelines)
    environment = _environment(options.settings)
    now = datetime.now(UTC)
    try:
        costs = _costs(options, environment)
        runs, horizon_s, known_ahead = _runs(options, pipeline, now, environment)
        ticks = occurrences(costs.schedule, now, timedelta(days=1), 2)
    except SettingsError as error:
        raise UsageError(str(error)) from error
    tick_s = (ticks[1] - ticks[0]).total_seconds() if len(ticks) > 1 else 86_400.0
    told = _times(options, pipeline, key)
    cluster = Cluster(
        "cluster", 0, options.max_instances, options.idle_seconds, options.low_priority
    )
    nodes = options.nodes or told.value.jobs * options.instances
    demand = Demand(
        pipeline=pipeline.name,
        nodes=min(nodes, options.max_instances, costs.max_nodes or nodes),
        head_s=told.value.head_s,
        run_s=told.value.run_s,
        pause_s=pause_s(pipeline.model.poll.cap.total_seconds()),
        next_runs=runs,
        horizon_s=horizon_s,
        known_ahead=known_ahead,
    )
    start_s = START_S if costs.start_s is None else costs.start_s
    terms, note = terms_for(cluster, [demand], costs, start_s, tick_s)
    decision = decide(cluster, [demand], costs, Situation(now, Moment.TICK, start_s, tick_s))
    estimate = Estimate(
        demand=demand,
        terms=terms,
        source=told.source,
        price=costs.price(low_priority=options.low_priority),
        idle_s=options.idle_seconds,
        always_on=month_always_on(demand),
        to_zero=month_to_zero(demand, start_s, options.idle_seconds),
        policy=month_of(demand, terms),
        note=note.removeprefix("; "),
        decision=decision if known_ahead else None,
    )
    show_estimate(estimate, console)


def _environment(file: Path) -> dict[str, str]:
    """The settings' file under the environment, as the Functions host has them."""
    if not file.is_file():
        return dict(os.environ)
    try:
        values = json.loads(file.read_text(encoding="utf-8"))["Values"]
        told = {name: str(value) for name, value in values.items() if not name.startswith("//")}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{file.name} must be JSON with a section `Values`: {error}") from error
    return {**told, **os.environ}


def _costs(options: argparse.Namespace, environment: dict[str, str]) -> CostSettings:
    costs = read_cost_settings(environment)
    if options.price is not None:
        costs = replace(costs, price_per_node_hour=options.price, price_low_priority=options.price)
    if options.start_seconds is not None:
        costs = replace(costs, start_s=options.start_seconds)
    if options.max_wait_seconds is not None:
        costs = replace(costs, max_wait_s=options.max_wait_seconds)
    if options.max_cost is not None:
        costs = replace(costs, max_cost_per_month=options.max_cost)
    return costs


def _runs(
    options: argparse.Namespace, pipeline: Pipeline, now: datetime, environment: dict[str, str]
) -> tuple[tuple[datetime, ...], float, bool]:
    """When runs begin, over how many seconds, and whether that is known ahead."""
    known_ahead = pipeline.schedule is not None or isinstance(pipeline.source, EventsSource)
    if options.runs_per_month is not None:
        every = timedelta(seconds=MONTH_S / options.runs_per_month)
        runs = tuple(now + every * n for n in range(1, options.runs_per_month + 1))
        return runs, MONTH_S, known_ahead
    found, horizon_s = next_runs(pipeline, now, environment)
    if not found:
        raise UsageError(f"{pipeline.name} has no schedule: say how often with --runs-per-month")
    return found, horizon_s, known_ahead


def _times(options: argparse.Namespace, pipeline: Pipeline, key: str | None) -> Told:
    """What a run takes: past runs, unless the command line says it."""
    past: list[PastRun] = []
    why = ""
    if options.run_minutes is None:
        try:
            with AppApi(options.app, key) as api:
                past = _past_runs(api, pipeline.name)
        except UsageError:
            raise
        except CommandError as error:
            why = f": {error}"
    times = run_times(pipeline, past)
    if options.run_minutes is not None:
        return Told(replace(times, run_s=options.run_minutes * 60), "the command line")
    if times.runs:
        return Told(times, f"the medians of {times.runs} past runs")
    return Told(times, f"supposed, since there are no past runs{why}")


def _past_runs(api: AppApi, pipeline: str) -> list[PastRun]:
    """The newest completed runs. Raises CommandError if the app does not tell."""
    query = {"pipeline": pipeline, "status": "Completed", "limit": str(RUNS_ASKED_FOR)}
    runs = api.get("/api/runs", query).get("runs", [])
    details = [api.get(f"/api/runs/{run['run_id']}", {}) for run in runs]
    return [PastRun(run.get("seconds", {}), run.get("counts", {})) for run in details]
