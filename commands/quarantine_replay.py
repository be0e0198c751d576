"""`quarantine replay`: one event, all that a selection finds, or those of a file."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.text import Text

from commands.app_api import AppApi
from commands.errors import CommandError, UsageError
from commands.one_line import one_line
from commands.quarantine import Outcome, Selection, quarantined, replay
from commands.quarantined import read_lines, replay_of

STDIN = Path("-")


def one_event(event_id: str, body: Path | None) -> list[dict[str, str]]:
    """The event of that id, with the body that the file holds. Raises UsageError."""
    return [replay_of(event_id, None if body is None else _bytes(body))]


def events_of_file(file: Path) -> list[dict[str, str]]:
    """The events of a file with a line each, all of them checked. Raises UsageError."""
    where = "stdin" if file == STDIN else str(file)
    try:
        lines = _bytes(file).decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise UsageError(f"{where} must be UTF-8: {error.reason} at byte {error.start}") from error
    events = list(read_lines(lines, where))
    if not events:
        raise UsageError(f"{where} must have a line per event; it has none")
    return events


def selected_events(api: AppApi, pipeline: str, selection: Selection) -> list[dict[str, str]]:
    """The events that were not replayed yet, as they were. All are listed before any is sent, since
    what is sent may move in the list."""
    found = quarantined(api, pipeline, selection)
    return [replay_of(str(event["id"])) for event in found if not event.get("replayed_at")]


def replay_and_tell(
    api: AppApi, pipeline: str, events: Iterable[dict[str, str]], console: Console
) -> bool:
    """Sends the events and tells what has become of them; whether none was refused."""
    outcome = Outcome()
    try:
        replay(api, pipeline, events, outcome)
    except CommandError:
        if outcome.replayed or outcome.refused:
            _tell(outcome, console)
        raise
    _tell(outcome, console)
    return not outcome.refused


def _tell(outcome: Outcome, console: Console) -> None:
    for event_id, reason in outcome.refused:
        console.print(Text(f"refused {one_line(event_id)}: {one_line(reason)}"), soft_wrap=True)
    for interval, count in sorted(outcome.intervals.items()):
        console.print(Text(f"interval {one_line(interval)}: {count}"), soft_wrap=True)
    console.print(f"{outcome.replayed} replayed, {len(outcome.refused)} refused")


def _bytes(file: Path) -> bytes:
    if file == STDIN:
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
