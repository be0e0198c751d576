"""`quarantine list`: a table for people, or a JSON object per line to edit and send again."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from commands.one_line import one_line
from commands.quarantined import editable

BODY_CHARACTERS = 60


def write_lines(events: Iterable[dict[str, Any]]) -> None:
    """One JSON object per line."""
    for event in events:
        sys.stdout.write(json.dumps(editable(event), ensure_ascii=False) + "\n")


def show_table(events: Iterable[dict[str, Any]], console: Console, limit: int) -> None:
    """The events, and whether there may be more."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("id", no_wrap=True, overflow="fold")  # what replay needs: last to give way
    for title in ("reason", "where", "arrived", "replayed"):
        table.add_column(title, overflow="fold")
    table.add_column("body", no_wrap=True, overflow="ellipsis")
    for event in events:
        table.add_row(*(Text(one_line(cell)) for cell in _cells(event)))
    if not table.row_count:
        console.print("the quarantine has no such event")
        return
    console.print(table)
    if table.row_count == limit:
        console.print(f"there may be more than these {limit}: --limit", style="dim")


def _cells(event: dict[str, Any]) -> list[str]:
    body = event.get("text")
    if body is None:
        body = f"(base64) {event.get('base64') or ''}"
    where = [event.get(name) for name in ("partition", "sequence", "position")]
    return [
        str(event.get("id")),
        str(event.get("reason")),
        "/".join("?" if part is None else str(part) for part in where),
        str(event.get("arrived_at") or ""),
        str(event.get("replayed_at") or ""),
        one_line(body[: 4 * BODY_CHARACTERS], BODY_CHARACTERS),
    ]
