"""The command line: reads and checks what is asked for, does it, and answers with an exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from commands.app_api import AppApi
from commands.cost import estimate_cost
from commands.errors import CommandError, UsageError
from commands.local_cloud import local_app
from commands.parser import make_parser
from commands.quarantine import Selection, quarantined
from commands.quarantine_list import show_table, write_lines
from commands.quarantine_replay import (
    events_of_file,
    one_event,
    replay_and_tell,
    selected_events,
)
from commands.stream_analytics import write_query
from commands.train import train

DONE, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130
KEY = "WINDROW_FUNCTION_KEY"


def main(arguments: Sequence[str] | None = None) -> int:
    """Does what the arguments ask for; see `errors.py` for the exit codes."""
    options = make_parser().parse_args(arguments)
    try:
        code = _run(options)
        sys.stdout.flush()
        return code
    except CommandError as error:
        Console(stderr=True).print(Text(f"commands: {error}"), soft_wrap=True)
        return MISUSED if isinstance(error, UsageError) else FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has gone; nothing may complain at exit that it cannot be flushed.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _run(options: argparse.Namespace) -> int:
    if options.command == "stream-analytics":
        write_query(options.pipeline, options.pipelines, options.input, options.output)
        return DONE
    options.app = options.app or local_app(options.state)
    if options.command == "cost":
        estimate_cost(options, os.environ.get(KEY), Console())
        return DONE
    if options.command == "train":
        return train(options, os.environ.get(KEY))
    if options.action == "list":
        return _list(options)
    return _replay(options)


def _list(options: argparse.Namespace) -> int:
    selection = _selection(options)
    with AppApi(options.app, os.environ.get(KEY)) as api:
        events = quarantined(api, options.pipeline, selection, options.limit)
        if options.json:
            write_lines(events)
        else:
            show_table(events, Console(), options.limit)
    return DONE


def _replay(options: argparse.Namespace) -> int:
    chosen = [options.id is not None, options.all, options.file is not None]
    if sum(chosen) != 1:
        raise UsageError("replay needs the ID of an event, or --all, or --file")
    selection = _selection(options)
    if selection != Selection() and not options.all:
        raise UsageError("--from, --to and --reason go with --all")
    if options.body is not None and options.id is None:
        raise UsageError("--body goes with the ID of an event")
    with AppApi(options.app, os.environ.get(KEY)) as api:
        if options.all:
            events = selected_events(api, options.pipeline, selection)
        elif options.file is not None:
            events = events_of_file(options.file)
        else:
            events = one_event(options.id, options.body)
        good = replay_and_tell(api, options.pipeline, events, Console())
    return DONE if good else FAILED


def _selection(options: argparse.Namespace) -> Selection:
    start, end = options.start, options.end
    if start is not None and end is not None and start > end:
        raise UsageError(f"--from must not be after --to; got {start} and {end}")
    return Selection(
        start=start.isoformat() if start else None,
        end=end.isoformat() if end else None,
        reason=options.reason,
    )
