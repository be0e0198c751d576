"""The command line: reads and checks what is asked for before anything is started."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.markup import escape

from demo.errors import DemoError, UsageError
from demo.generated import PIPELINE, check_pipeline, yesterday
from demo.out_folder import check_out
from demo.pipelines import read_pipeline
from demo.scores import SCORES
from demo.screen import Screen
from demo.settings import check_settings
from demo.story import Plan, play, write_results
from demo.streaming.plan import PIPELINE as STREAM
from demo.streaming.plan import check_stream
from demo.streaming.table import stream_table
from demo.summary_table import summary_table
from demo.user_file import check_file
from domain.pipeline import Pipeline

APP = Path(__file__).resolve().parent.parent
SETTINGS = "local.settings.json"
FAILED, MISUSED, INTERRUPTED = 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Plays the demo; the exit code is 0 only if every run and every event is accounted for."""
    screen = Screen(Console())
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        plan = make_plan(arguments)
        outcome = play(plan, screen)
        report = write_results(outcome, plan.out)
    except UsageError as error:
        screen.line(f"[red]demo:[/] {escape(str(error))}")
        return MISUSED
    except DemoError as error:
        screen.line(f"[red]demo:[/] {escape(str(error))}")
        return FAILED
    except KeyboardInterrupt:
        screen.line("[yellow]demo: interrupted; the stand-in was stopped[/]")
        return INTERRUPTED
    screen.show(summary_table(outcome))
    for warning in outcome.run.facts.warnings:
        screen.line(f"[yellow]warning:[/] {escape(warning)}")
    if outcome.stream is not None:
        screen.show(stream_table(outcome.stream))
        for problem in outcome.stream.problems:
            screen.line(f"[red]demo:[/] the stream does not add up: {escape(problem)}")
    screen.line(f"report: {escape(str(report))}")
    return 0 if outcome.is_good else FAILED


def make_plan(arguments: Sequence[str] | None, app: Path = APP) -> Plan:
    """The plan that the arguments ask for. Raises UsageError if it cannot be."""
    options = _parser().parse_args(arguments)
    if options.events < 1:
        raise UsageError(f"--events must be at least 1; got {options.events}")
    pipeline = _read(options.pipeline, app)
    if options.input is None:
        check_pipeline(pipeline)
    wants_stream = options.input is None if options.stream is None else options.stream
    stream = _read(STREAM, app) if wants_stream else None
    if stream is not None:
        check_stream(stream)
    check_out(options.out)
    file = check_file(options.input, pipeline) if options.input else None
    check_settings(app / SETTINGS)
    return Plan(
        app=app,
        out=options.out.absolute(),
        pipeline=pipeline,
        events=options.events,
        seed=options.seed,
        day=options.day or yesterday(),
        file=file,
        stream=stream,
    )


def _read(name: str, app: Path) -> Pipeline:
    """A pipeline whose scores the report can show. Raises UsageError."""
    pipeline = read_pipeline(name, app / "pipelines")
    missing = [column for column in SCORES if column not in pipeline.output.columns]
    if missing:
        raise UsageError(
            f"pipeline {pipeline.name!r} has no output column {', '.join(missing)}, "
            "which the demo's report shows"
        )
    return pipeline


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m demo",
        description="A whole scoring run on this machine: a fleet of sensors with faults, or a "
        "file of your own, through the stand-in for Azure, to a report; then a stream of readings.",
    )
    add = parser.add_argument
    add("--events", type=int, default=1_000_000, metavar="N", help="readings a day (1000000)")
    add("--input", type=Path, metavar="FILE", help="score this .csv, .csv.gz or .parquet instead")
    add("--pipeline", default=PIPELINE, metavar="NAME", help=f"a file in pipelines/ ({PIPELINE})")
    add("--out", type=Path, default=Path("out/demo"), help="folder that is emptied and filled")
    add("--seed", type=int, default=7, help="of the dice that make the fleet and its faults (7)")
    add(
        "--stream",
        action=argparse.BooleanOptionalAction,
        help="ten minutes of a stream as a second act (the default without --input)",
    )
    add("--day", type=date.fromisoformat, help="the day to make up and score (yesterday)")
    return parser


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
