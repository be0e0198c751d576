"""``insights``: what was reported to Application Insights, as a list or as JSON lines."""

import argparse
import json
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rich.console import Console
from rich.markup import escape

from localazure.cloud.errors import AzureError
from localazure.errors import LocalAzureError
from localazure.insights.service import parse_query
from localazure.insights.store import Query, read_items

_FOLLOW_INTERVAL_S = 0.5
_COLOURS = {"exception": "red", "event": "green", "request": "cyan", "dependency": "cyan"}


def show(options: argparse.Namespace) -> int:
    """Print the items that match, and with ``--follow`` those that come."""
    path = options.state / "insights.db"
    query = _query(options)
    console = Console(highlight=False, soft_wrap=True)
    try:
        while True:
            for item in read_items(path, query):
                _print(console, item, as_json=options.json)
                query = replace(query, after=item["id"])
            if not options.follow:
                return 0
            time.sleep(_FOLLOW_INTERVAL_S)
    except KeyboardInterrupt:
        return 0


def _query(options: argparse.Namespace) -> Query:
    given = {name: getattr(options, name) for name in ("kind", "name", "since", "limit")}
    try:
        return parse_query({name: value for name, value in given.items() if value})
    except AzureError as error:
        raise LocalAzureError(error.detail) from error


def _print(console: Console, item: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(item, ensure_ascii=False) + "\n")
        sys.stdout.flush()
        return
    colour = _COLOURS.get(item["kind"], "default")
    title = " ".join(escape(part) for part in (item["name"], item["message"]) if part)
    console.print(f"[dim]{item['time'][:23]}[/] [{colour}]{item['kind']:<10}[/] {title}")
    for name, value in item["properties"].items():
        console.print(f"    [dim]{escape(name)}[/] {escape(str(value))}")
