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
NARROWEST = 10
ARRIVED = len("2026-01-31T12:00:00")


def write_lines(events: Iterable[dict[str, Any]]) -> None:
    """One JSON object per line."""
    for event in events:
        sys.stdout.write(json.dumps(editable(event), ensure_ascii=False) + "\n")


def show_table(events: Iterable[dict[str, Any]], console: Console, limit: int) -> None:
    """The events, and whether there may be more."""
    rows = [[one_line(cell) for cell in _cells(event)] for event in events]
    table = Table(box=None, pad_edge=False, header_style="bold")
    ids = max((len(row[0]) for row in rows), default=0)
    # What replay needs is never cut, and the reason gets half of the rest: the body gives way.
    table.add_column("id", no_wrap=True, min_width=ids)
    table.add_column("reason", overflow="fold", ratio=1)
    table.add_column("arrived", no_wrap=True)
    body = max(NARROWEST, min(BODY_CHARACTERS, (console.width - ids - ARRIVED) // 2))
    table.add_column("body", no_wrap=True, overflow="ellipsis", max_width=body)
    for row in rows:
        table.add_row(*map(Text, row))
    if not rows:
        console.print("the quarantine has no such event")
        return
    console.print(table)
    if len(rows) == limit:
        console.print(f"there may be more than these {limit}: --limit", style="dim")


def _cells(event: dict[str, Any]) -> list[str]:
    body = event.get("text")
    if body is None:
        body = f"(base64) {event.get('base64') or ''}"
    reason, replayed_at = str(event.get("reason")), event.get("replayed_at")
    return [
        str(event.get("id")),
        f"(replayed {replayed_at}) {reason}" if replayed_at else reason,
        str(event.get("arrived_at") or "")[:ARRIVED],
        one_line(body[: 4 * BODY_CHARACTERS], BODY_CHARACTERS),
    ]
