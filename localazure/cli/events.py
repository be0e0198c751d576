"""``events``: what the event hubs hold and how far their consumers are, as tables or as JSON."""

import argparse
import json
import sys
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from localazure.errors import LocalAzureError
from localazure.eventhubs.documents import checkpoints_document, partition_document
from localazure.eventhubs.model import PartitionState, iso
from localazure.eventhubs.queries import HubOverview, log_path, read_hubs

_WIDTH = 200


def show(options: argparse.Namespace) -> int:
    """Print the hubs, or the one that is named.

    Raises:
        LocalAzureError: if there is no hub of that name.
    """
    hubs = read_hubs(log_path(options.state))
    if options.hub:
        known = [hub.name for hub in hubs]
        hubs = [hub for hub in hubs if hub.name.casefold() == options.hub.casefold()]
        if not hubs:
            raise LocalAzureError(f"HUB must be one of {known}; got {options.hub!r}")
    # A table is never cut: a narrow terminal wraps it.
    console = Console(highlight=False, width=_WIDTH)
    for hub in hubs:
        if options.json:
            sys.stdout.write(json.dumps(_document(hub), ensure_ascii=False) + "\n")
        else:
            console.print(_table(hub))
    return 0


def _table(hub: HubOverview) -> Table:
    """Return a row per consumer group and partition."""
    table = Table(title=hub.name, title_justify="left", box=box.SIMPLE_HEAD)
    for heading in ("partition", "first", "next"):
        table.add_column(heading, justify="right")
    table.add_column("last enqueued", min_width=len(iso(0)))
    table.add_column("consumer group")
    for heading in ("checkpoint", "lag"):
        table.add_column(heading, justify="right")
    for state in hub.partitions:
        cells = _cells(state)
        for group in hub.consumer_groups:
            checkpoint = group.checkpoints.get(state.partition)
            done = str(checkpoint.sequence_number) if checkpoint else "-"
            table.add_row(*cells, group.name, done, str(group.lag[state.partition]))
            cells = [""] * len(cells)
    return table


def _cells(state: PartitionState) -> list[str]:
    last = state.last_enqueued_ms
    return [
        str(state.partition),
        str(state.first_sequence),
        str(state.next_sequence),
        "-" if last is None else iso(last),
    ]


def _document(hub: HubOverview) -> dict[str, Any]:
    return {
        "name": hub.name,
        "partitions": [partition_document(state) for state in hub.partitions],
        "consumer_groups": [
            {
                "name": group.name,
                "checkpoints": checkpoints_document(group.checkpoints),
                "lag": {str(partition): lag for partition, lag in group.lag.items()},
            }
            for group in hub.consumer_groups
        ],
    }
