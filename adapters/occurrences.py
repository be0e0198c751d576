"""When a pipeline runs next: by its schedule (NCRONTAB, UTC), or by the intervals of its stream."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice

from domain.cost_month import MONTH_S
from domain.errors import Problem, SettingsError
from domain.expecting import stream_runs
from domain.pipeline import Pipeline
from domain.pipeline.events import EventsSource

MOST_EXPECTED = 300
"""More runs say no more about a month."""


def next_runs(
    pipeline: Pipeline, after: datetime, environment: Mapping[str, str] = os.environ
) -> tuple[tuple[datetime, ...], float]:
    """When runs are expected to begin, and for how many seconds from `after` that is told: a month,
    or until the last of very many. Empty for a pipeline that runs on request only.

    Raises SettingsError if the schedule is no NCRONTAB expression.
    """
    month = timedelta(seconds=MONTH_S)
    if isinstance(pipeline.source, EventsSource):
        found = stream_runs(pipeline.source, after, month, MOST_EXPECTED)
    elif (cron := cron_of(pipeline, environment)) is not None:
        found = occurrences(cron, after, month, MOST_EXPECTED)
    else:
        found = []
    whole = len(found) < MOST_EXPECTED
    return tuple(found), MONTH_S if whole else (found[-1] - after).total_seconds()


def cron_of(pipeline: Pipeline, environment: Mapping[str, str] = os.environ) -> str | None:
    """The pipeline's schedule: the app setting's, or else the file's; None without a schedule."""
    if pipeline.schedule is None:
        return None
    return environment.get(f"SCHEDULE__{pipeline.name}") or pipeline.schedule.cron


def occurrences(cron: str, after: datetime, length: timedelta, most: int) -> list[datetime]:
    """The ticks in the `length` of time after an instant, the first `most` of them.

    As the Functions host ticks, a day has to fit both its day of the month and its weekday.
    Raises SettingsError if `cron` is no NCRONTAB expression.
    """
    # Loaded at first use: the app starts without it while the cost policy is off.
    from croniter import CroniterError, croniter

    found: list[datetime] = []
    try:
        ticks = croniter(
            cron, after.astimezone(UTC), datetime, day_or=False, second_at_beginning=True
        )
        for tick in islice(ticks, most):
            if tick > after + length:
                break
            found.append(tick)
    except CroniterError as error:
        problem = Problem("schedule", "must be an NCRONTAB expression", has_value=False)
        raise SettingsError("schedules", [problem]) from error
    return found
