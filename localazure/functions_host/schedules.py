"""Timer schedules: NCRONTAB of five or six fields, or a constant interval `hh:mm:ss`.

NCRONTAB differs from cron: seconds come first, and a day has to fit both its day of the month and
its day of the week.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Protocol

from croniter import croniter

INTERVAL = re.compile(r"(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})")


class Schedule(Protocol):
    """When a timer ticks."""

    def after(self, moment: datetime) -> datetime:
        """Return the first tick after a moment."""


class CronSchedule:
    """An NCRONTAB expression, in UTC."""

    def __init__(self, expression: str) -> None:
        fields = expression.split()
        if len(fields) not in (5, 6):
            raise ValueError(f"must have 5 or 6 fields; got {expression!r}")
        six = fields if len(fields) == 6 else ["0", *fields]
        self._expression = " ".join(six)
        try:
            croniter(self._expression, second_at_beginning=True, day_or=False)
        except ValueError as error:
            raise ValueError(f"must be an NCRONTAB expression; got {expression!r}") from error

    def after(self, moment: datetime) -> datetime:
        """Return the first tick after a moment."""
        ticks = croniter(
            self._expression,
            moment.astimezone(UTC),
            ret_type=datetime,
            second_at_beginning=True,
            day_or=False,
        )
        following: datetime = ticks.get_next(datetime)
        return following


class IntervalSchedule:
    """A constant time between ticks."""

    def __init__(self, interval: timedelta) -> None:
        self._interval = interval

    def after(self, moment: datetime) -> datetime:
        """Return the first tick after a moment."""
        return moment + self._interval


def parse_schedule(text: str) -> Schedule:
    """Read a schedule; raise ValueError with the rule that it breaks."""
    found = INTERVAL.fullmatch(text.strip())
    if found is None:
        return CronSchedule(text)
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    interval = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    if interval <= timedelta(0):
        raise ValueError(f"must be longer than zero; got {text!r}")
    return IntervalSchedule(interval)
