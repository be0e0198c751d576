"""The app's timer functions, with the schedule monitor that makes up for missed ticks.

As in Azure: the last and the next tick are kept; a host that starts after the next tick runs the
function at once with `past_due`; ticks that fall into a running invocation are left out.
"""

import asyncio
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from azure.functions.meta import Datum
from azure.functions.timer import TimerRequestConverter

from localazure.functions_host.app import HostedFunction
from localazure.functions_host.errors import BadFunctionError
from localazure.functions_host.files import read_json, write_json
from localazure.functions_host.invocation import Invoker
from localazure.functions_host.schedules import Schedule, parse_schedule
from localazure.functions_host.settings import expand

# Azure keeps no status for timers that tick more often.
SHORTEST_MONITORED = timedelta(minutes=1)
LONGEST_SLEEP_S = 60.0


class TimerFunction:
    """One timer function and its status file."""

    def __init__(self, function: HostedFunction, state: Path, invoker: Invoker) -> None:
        trigger = function.trigger
        self.function = function
        self._invoker = invoker
        self._status_file = state / "timers" / f"{function.name}.json"
        text = expand(str(trigger["schedule"]), os.environ, f"Function '{function.name}'")
        try:
            self.schedule: Schedule = parse_schedule(text)
        except ValueError as error:
            raise BadFunctionError(function.name, f"`schedule` {error}") from error
        self._run_on_startup = bool(trigger.get("runOnStartup"))
        first = self.schedule.after(utc_now())
        gap = self.schedule.after(first) - first
        self._monitored = trigger.get("useMonitor") is not False and gap >= SHORTEST_MONITORED

    async def run(self) -> None:
        """Tick until cancelled."""
        now = utc_now()
        missed = self._missed(now)
        if missed or self._run_on_startup:
            await self._tick(now, past_due=missed)
        while True:
            following = self.schedule.after(utc_now())
            if self._monitored:
                self._note(following)
            await _sleep_until(following)
            await self._tick(following, past_due=False)

    def request(self, *, past_due: bool) -> Any:
        """Return the TimerRequest that the function gets."""
        status = read_json(self._status_file)
        info = {
            "IsPastDue": past_due,
            "ScheduleStatus": status,
            "Schedule": {"AdjustForDST": False},
        }
        datum = Datum(json.dumps(info), "json")
        return TimerRequestConverter.decode(datum, trigger_metadata=None)

    def _missed(self, now: datetime) -> bool:
        if not self._monitored:
            return False
        last = read_json(self._status_file).get("Last")
        # Computed from the last tick and not from the noted next one: the schedule may be new.
        return last is not None and self.schedule.after(datetime.fromisoformat(last)) < now

    def _note(self, following: datetime, ticked: datetime | None = None) -> None:
        last = ticked.isoformat() if ticked else read_json(self._status_file).get("Last")
        now = utc_now().isoformat()
        status = {"Last": last or now, "Next": following.isoformat(), "LastUpdated": now}
        write_json(self._status_file, status)

    async def _tick(self, moment: datetime, *, past_due: bool) -> None:
        running = self._invoker.invoke(self.function, self.request(past_due=past_due))
        await asyncio.wait([asyncio.wrap_future(running)])
        if self._monitored:
            self._note(self.schedule.after(utc_now()), ticked=moment)


def utc_now() -> datetime:
    """Return the current time, aware, in UTC."""
    return datetime.now(UTC)


async def _sleep_until(moment: datetime) -> None:
    # In short naps: a laptop that slept must notice that the time has come.
    while (left := (moment - utc_now()).total_seconds()) > 0:
        await asyncio.sleep(min(left, LONGEST_SLEEP_S))
