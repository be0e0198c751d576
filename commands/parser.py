"""What the command line takes."""

from __future__ import annotations

import argparse
import os
from datetime import UTC, date, datetime
from pathlib import Path

from commands.cost_options import add_cost_options

PIPELINES = Path(__file__).resolve().parent.parent / "pipelines"
APP_URL = "WINDROW_APP_URL"


def make_parser() -> argparse.ArgumentParser:
    """The parser of all commands; misuse ends with exit code 2."""
    parser = argparse.ArgumentParser(
        prog="python -m commands",
        description="What people type besides running the app.",
        epilog="The exit code is 0; 1 if something was refused or the app does not answer; 2 if "
        "the command line is wrong.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_train(commands)
    _add_stream_analytics(commands)
    _add_cost(commands)
    quarantine = commands.add_parser(
        "quarantine", allow_abbrev=False, help="events of a stream that broke rules"
    )
    actions = quarantine.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_list(actions)
    _add_replay(actions)
    return parser


def _add_train(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "train",
        allow_abbrev=False,
        help="trains a pipeline's model on the windows of a span",
        description="Has the app make the windows of a span, as its runs make them, and trains a "
        "model on them. The model goes to the folder that the pipeline's deployment names.",
    )
    add = parser.add_argument
    add("pipeline", metavar="PIPELINE", help="a file in pipelines/, without .yml")
    add("--from", dest="start", type=_instant, required=True, metavar="TIME", help="UTC")
    add("--to", dest="end", type=_instant, required=True, metavar="TIME", help="UTC")
    add("--input", metavar="GLOB", help="other files of the lake than the pipeline's")
    add("--out", type=Path, metavar="FOLDER", help="(model.path of the deployment)")
    add("--model", metavar="KIND", help="a package of scoring_model/ (the deployment's, anomaly)")
    add("--global", dest="whole", action="store_true", help="one model for all keys")
    add("--labels", type=Path, metavar="FILE", help="what happened, for models that need it")
    add("--seed", type=int, metavar="N", help="for models that roll dice")
    add("--fresh", action="store_true", help="makes the windows again, though they are there")
    add("--pipelines", type=Path, default=PIPELINES, metavar="FOLDER", help="(pipelines/)")
    _add_app(parser)


def _add_stream_analytics(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "stream-analytics",
        allow_abbrev=False,
        help="prints a pipeline's windows as an Azure Stream Analytics query",
        description="Prints the query that computes a pipeline's windows in Azure Stream "
        "Analytics, for teams that aggregate upstream. Its comments say how to set up the job.",
    )
    add = parser.add_argument
    add("pipeline", metavar="PIPELINE", help="a file in pipelines/, without .yml")
    add("--input", metavar="NAME", help="the job's input (the hub's name, or the pipeline's)")
    add("--output", metavar="NAME", help="the job's output (PIPELINE_windows)")
    add("--pipelines", type=Path, default=PIPELINES, metavar="FOLDER", help="(pipelines/)")


def _add_cost(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "cost",
        allow_abbrev=False,
        help="what a pipeline's nodes cost in a month, and what the cost policy does about it",
        description="Prints what a month costs if the cluster is always on, goes down to zero, or "
        "follows the cost policy. Changes nothing; works without a cloud.",
    )
    parser.add_argument("pipeline", metavar="PIPELINE", help="a file in pipelines/, without .yml")
    parser.add_argument("--pipelines", type=Path, default=PIPELINES, metavar="FOLDER")
    add_cost_options(parser)
    _add_app(parser)


def _add_list(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = actions.add_parser("list", allow_abbrev=False, help="lists the events")
    _add_shared(parser)
    add = parser.add_argument
    add("--limit", type=_positive, default=100, metavar="N", help="at most so many (100)")
    add("--json", action="store_true", help="a JSON object per line, for replay --file")


def _add_replay(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = actions.add_parser(
        "replay",
        allow_abbrev=False,
        help="sends events again",
        description="Sends events again: as they were (after the pipeline was changed), or "
        "repaired. Doing the same twice is harmless.",
    )
    _add_shared(parser)
    add = parser.add_argument
    add("id", nargs="?", metavar="ID", help="one event")
    add("--body", type=Path, metavar="FILE", help="its repaired body; - reads stdin")
    add("--all", action="store_true", help="all that were not replayed yet, as they were")
    add("--file", type=Path, help="repaired events, as list --json writes them; - reads stdin")


def _add_shared(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("pipeline", metavar="PIPELINE")
    add("--from", dest="start", type=_day, metavar="DATE", help="arrived on this day or later")
    add("--to", dest="end", type=_day, metavar="DATE", help="arrived on this day or earlier")
    add("--reason", metavar="TEXT", help="the reason has this in it")
    _add_app(parser)


def _add_app(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--app",
        default=os.environ.get(APP_URL),
        metavar="URL",
        help=f"where the app is ({APP_URL}, or where `make up` has it). WINDROW_FUNCTION_KEY has "
        "the key that Azure asks for",
    )
    parser.add_argument(
        "--state",
        type=Path,
        default=Path(".localazure"),
        metavar="FOLDER",
        help="of `make up` (.localazure)",
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a day such as 2026-01-31; got {text}") from None


def _instant(text: str) -> datetime:
    """A day means its zero hour; what names no zone is UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        rule = "must be a day or an instant such as 2026-01-31T06:00:00Z"
        raise argparse.ArgumentTypeError(f"{rule}; got {text}") from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1; got {text}")
    return int(text)
