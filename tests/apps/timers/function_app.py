"""Timer functions that write down each tick in the folder TICKS."""

import os
import uuid
from pathlib import Path

import azure.functions as func

app = func.FunctionApp()


def tick(name: str, timer: func.TimerRequest) -> None:
    """Write a tick down."""
    kind = "past_due" if timer.past_due else "on_time"
    Path(os.environ["TICKS"], f"{name}.{kind}.{uuid.uuid4().hex}").touch()


@app.timer_trigger(schedule="* * * * * *", arg_name="timer")
def every_second(timer: func.TimerRequest) -> None:
    """Tick every second."""
    tick("every_second", timer)


@app.timer_trigger(schedule="%DAILY%", arg_name="timer")
async def daily(timer: func.TimerRequest) -> None:
    """Tick once a day."""
    tick("daily", timer)


@app.timer_trigger(schedule="0 0 1 1 *", arg_name="timer", run_on_startup=True)
def at_startup(timer: func.TimerRequest) -> None:
    """Tick at every start, and on New Year's Day."""
    tick("at_startup", timer)


@app.timer_trigger(schedule="* * * * * *", arg_name="timer")
def failing(timer: func.TimerRequest) -> None:
    """Fail at every tick."""
    tick("failing", timer)
    raise RuntimeError("no luck")
