"""The command line as words: which options there are, and what a plan makes of them."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from simulate.errors import PlanError, UsageError
from simulate.plan import Burst, Format, Plan, default_start
from simulate.targets import HUB

SECONDS = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400}
FIELDS = {
    "duration_s": "--duration",
    "lateness_s": "--lateness",
    "disorder_by_s": "--disorder-by",
    "bursts": "--burst",
}


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options. Raises UsageError, in one line, for what is no option or no value of one."""
    return _parser().parse_args(arguments)


def plan_of(options: argparse.Namespace, now: datetime) -> Plan:
    """The plan that the options ask for, beginning `now` if they do not say when.

    Raises UsageError that names the option, its rule and its value.
    """
    form: Format = options.format or ("object" if options.per_event == 1 else "array")
    start = options.start or default_start(now, options.duration, options.speed)
    try:
        return Plan(
            start=start,
            seed=options.seed,
            devices=options.devices,
            sensors=options.sensors,
            rate=options.rate,
            duration_s=options.duration,
            speed=options.speed,
            faults=options.faults,
            bursts=tuple(options.burst),
            late=options.late,
            lateness_s=options.lateness,
            disorder=options.disorder,
            disorder_by_s=options.disorder_by,
            duplicates=options.duplicates,
            garbage=options.garbage,
            per_event=options.per_event,
            format=form,
            nested=options.nested,
            gzip=options.gzip,
            batch=options.batch,
        )
    except PlanError as error:
        option = FIELDS.get(error.field, f"--{error.field.replace('_', '-')}")
        raise UsageError(f"{option} must {error.rule}; got {error.value}") from error


class _Parser(argparse.ArgumentParser):
    """Tells mistakes in one line, as the rest of the project does."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(re.sub(r"^argument (\S+): ", r"\1 ", message))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m simulate",
        allow_abbrev=False,
        description="A fleet of devices that streams readings into an Event Hub, until Ctrl-C. "
        "SECONDS may be 90, 90s, 15m, 2h or 1d. Rate, duration and bursts count in real seconds, "
        "lateness and disorder in those of the stream.",
    )
    _add_stream(parser.add_argument_group("the stream").add_argument)
    _add_trouble(parser.add_argument_group("what goes wrong; shares are from 0 to 1").add_argument)
    _add_form(parser.add_argument_group("what an event looks like").add_argument)
    _add_rest(parser.add_argument_group("where to, and what to tell").add_argument)
    return parser


_Add = Callable[..., argparse.Action]


def _add_stream(add: _Add) -> None:
    add("--rate", type=_number, default=100.0, metavar="N", help="events per second (100)")
    add("--devices", type=_integer, default=10, metavar="N", help="devices of the fleet (10)")
    add("--sensors", type=_integer, default=5, metavar="N", help="sensors of each device (5)")
    add("--duration", type=_seconds, metavar="SECONDS", help="how long (until Ctrl-C)")
    add("--seed", type=_integer, default=7, help="of all dice: the same stream again (7)")
    add(
        "--burst",
        type=_burst,
        action="append",
        default=[],
        metavar="START:LENGTH:FACTOR",
        help="the rate is FACTOR times as high for a while; may be given more than once",
    )
    add(
        "--speed",
        type=_number,
        default=1.0,
        metavar="N",
        help="stream time passes N times as fast as the time of day; local cloud only (1)",
    )
    add(
        "--start",
        type=_instant,
        metavar="TIME",
        help="stream time of the beginning, such as 2026-01-01T00:00:00Z (so that it is now; or, "
        "with --speed and --duration, so that it ends now)",
    )


def _add_trouble(add: _Add) -> None:
    add(
        "--faults",
        type=_integer,
        default=0,
        metavar="N",
        help="sensors that have a fault for a while: spikes, shift, drift, stuck, noise (0)",
    )
    add("--late", type=_number, default=0.0, metavar="SHARE", help="events that come late (0)")
    add(
        "--lateness",
        type=_seconds,
        default=60.0,
        metavar="SECONDS",
        help="how long after their timestamp (60)",
    )
    add(
        "--disorder",
        type=_number,
        default=0.0,
        metavar="SHARE",
        help="events that others overtake (0)",
    )
    add("--disorder-by", type=_seconds, default=2.0, metavar="SECONDS", help="by at most (2)")
    add(
        "--duplicates",
        type=_number,
        default=0.0,
        metavar="SHARE",
        help="events that are sent once more, a moment later (0)",
    )
    add(
        "--garbage",
        type=_number,
        default=0.0,
        metavar="SHARE",
        help="events that are not what they should be, in seven ways (0)",
    )


def _add_form(add: _Add) -> None:
    add("--per-event", type=_integer, default=1, metavar="N", help="readings in one event (1)")
    add(
        "--format",
        choices=("object", "array", "lines"),
        help="of a body: an object, an array, or a line for each (object; array if several)",
    )
    add("--nested", action="store_true", help="the measure in an object of its own, `payload`")
    add("--gzip", action="store_true", help="compressed bodies; each is a request of its own")


def _add_rest(add: _Add) -> None:
    add("--namespace", metavar="HOST", help="of the Event Hub (the app's own setting)")
    add("--hub", default=HUB, metavar="NAME", help=f"name of the Event Hub ({HUB})")
    add(
        "--state",
        type=Path,
        default=Path(".localazure"),
        metavar="FOLDER",
        help="of the local cloud that `make up` runs (.localazure)",
    )
    add("--batch", type=_integer, default=200, metavar="N", help="events in one request (200)")
    add("--json", action="store_true", help="the summary as JSON")
    add("--dry-run", type=_integer, metavar="N", help="print N events, send nothing")


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"must be a number; got {text!r}")
    return value


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"must be a whole number; got {text!r}") from error


def _seconds(text: str) -> float:
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([smhd]?)", text.strip())
    if found is None:
        raise argparse.ArgumentTypeError(f"must be seconds, such as 90, 15m or 2h; got {text!r}")
    return float(found[1]) * SECONDS[found[2]]


def _burst(text: str) -> Burst:
    parts = text.split(":")
    if len(parts) != 3:
        raise argparse.ArgumentTypeError(f"must be START:LENGTH:FACTOR; got {text!r}")
    return Burst(_seconds(parts[0]), _seconds(parts[1]), _number(parts[2]))


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        rule = "must be a time such as 2026-01-01T00:00:00Z"
        raise argparse.ArgumentTypeError(f"{rule}; got {text!r}") from error
    if instant.tzinfo is None:
        raise argparse.ArgumentTypeError(f"must have a zone, such as Z; got {text!r}")
    return instant
