"""The command line: checks what is asked for, streams until it ends or Ctrl-C, tells what it was.

The result goes to standard output, all else to standard error.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from types import FrameType

from rich.console import Console

from simulate.errors import SimulateError, UsageError
from simulate.options import parse, plan_of
from simulate.plan import US, Plan, default_start
from simulate.running import check_speed, run
from simulate.screen import Screen, summary_table
from simulate.streaming import Sending, stream
from simulate.tally import Summary
from simulate.targets import (
    Target,
    check_reachable,
    find_target,
    is_local,
    local_environment,
    namespace_setting,
)

SETTINGS = Path(__file__).resolve().parent.parent / "local.settings.json"
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
FAILED, MISUSED, INTERRUPTED = 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Streams. 0 also after Ctrl-C; 1 if the service is not there or refuses; 2 if misused."""
    out, err = Console(), Console(stderr=True)
    # What an SDK logs on its way to a failure is in the error, in one line.
    logging.getLogger("azure").setLevel(logging.CRITICAL)
    try:
        options = parse(arguments)
        plan = plan_of(options, datetime.now(UTC))
        if options.dry_run is not None:
            _dry_run(plan, options.dry_run, out)
            return 0
        summary = _stream(plan, options, err)
    except UsageError as error:
        _say(err, error)
        return MISUSED
    except SimulateError as error:
        if error.summary is not None and error.summary.sent:
            _tell(error.summary, out, as_json=options.json)
        _say(err, error)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    _tell(summary, out, as_json=options.json)
    return 0


def _stream(plan: Plan, options: argparse.Namespace, err: Console) -> Summary:
    target = _target(options)
    check_speed(plan, target)
    check_reachable(target)
    title = f"streaming to {target.hub} at {target.url.partition('://')[2]}; Ctrl-C ends it"
    with _until_interrupted() as stop, Screen(err, title) as screen:
        if target.token is not None:
            target.token()  # the first one takes a while; stream time begins after it
        if options.start is None:
            now = datetime.now(UTC)
            plan = replace(plan, start=default_start(now, plan.duration_s, plan.speed))
        tell = plan.speed > 1 or options.start is not None
        return run(plan, target, screen.show, stop=stop, tell_arrival=tell)


def _target(options: argparse.Namespace) -> Target:
    namespace = options.namespace or namespace_setting(os.environ, SETTINGS)
    if is_local(namespace):
        os.environ.update(local_environment(options.state))
    return find_target(os.environ, namespace, options.hub)


@contextmanager
def _until_interrupted() -> Iterator[threading.Event]:
    """An event that Ctrl-C or SIGTERM sets; the second one interrupts."""
    stop = threading.Event()

    def handle(_signal: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    # What a shell ignores for a process in the background stays ignored.
    heard = [number for number in _SIGNALS if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, handle) for number in heard}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _dry_run(plan: Plan, most: int, out: Console) -> None:
    if most < 1:
        raise UsageError(f"--dry-run must be at least 1; got {most}")
    for event in islice(stream(plan), most):
        out.print(_event_line(event), soft_wrap=True, highlight=False, markup=False)


def _event_line(event: Sending) -> str:
    """When it would be sent, what it is, and its body; bytes that are no text are escaped."""
    at = datetime.fromtimestamp(event.send_at_us // US, UTC)
    what = event.kind if event.reason is None else f"{event.kind}:{event.reason}"
    body = event.body.decode(errors="backslashreplace").replace("\n", "\\n")
    if "\\x" in body and event.body[:2] == b"\x1f\x8b":
        body = f"{len(event.body)} bytes of gzip"
    return f"{at:%Y-%m-%dT%H:%M:%S}.{event.send_at_us % US:06d}Z {event.device} {what} {body}"


def _tell(summary: Summary, out: Console, *, as_json: bool) -> None:
    if as_json:
        text = json.dumps(summary.as_json(), indent=2)
        out.print(text, soft_wrap=True, highlight=False, markup=False)
    else:
        out.print(summary_table(summary))


def _say(err: Console, error: SimulateError) -> None:
    err.print(f"simulate: {error}", style="red", soft_wrap=True, highlight=False, markup=False)
