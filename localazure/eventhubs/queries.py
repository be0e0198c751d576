"""What is in a log file: partitions, checkpoints and how far consumer groups are behind.

It stands apart from ``log`` because the command line reads the file too, while no cloud runs.
"""

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from localazure.eventhubs.model import Checkpoint, PartitionState


@dataclass(frozen=True, slots=True)
class GroupOverview:
    """A consumer group: its checkpoints, and how many events wait for it, by partition."""

    name: str
    checkpoints: dict[int, Checkpoint]
    lag: dict[int, int]


@dataclass(frozen=True, slots=True)
class HubOverview:
    """A hub as it was configured at the last start, and what it holds now."""

    name: str
    partitions: list[PartitionState]
    consumer_groups: list[GroupOverview]


def log_path(state: Path) -> Path:
    """Return where the log of a state folder is."""
    return state / "eventhubs.db"


def read_hubs(path: Path) -> list[HubOverview]:
    """Return all hubs by name, none if there is no file; works whether a cloud runs or not."""
    if not path.exists():
        return []
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        hubs = connection.execute("SELECT name, consumer_groups FROM hubs ORDER BY name").fetchall()
        return [_overview(connection, name, json.loads(groups)) for name, groups in hubs]


def partitions_of(connection: sqlite3.Connection, hub: str) -> list[PartitionState]:
    """Return the partitions of a hub in order."""
    rows = connection.execute(
        "SELECT partition, COALESCE((SELECT MIN(sequence_number) FROM events "
        "WHERE events.log_id = partitions.log_id), next_sequence), next_sequence, last_enqueued "
        "FROM partitions WHERE hub = ? ORDER BY partition",
        (hub,),
    )
    return [PartitionState(*row) for row in rows]


def checkpoints_of(connection: sqlite3.Connection, hub: str, group: str) -> dict[int, Checkpoint]:
    """Return the checkpoints of a consumer group by partition, in order."""
    rows = connection.execute(
        "SELECT partition, sequence_number, event_offset, updated FROM checkpoints "
        "WHERE hub = ? AND consumer_group = ? ORDER BY partition",
        (hub, group),
    )
    return {partition: Checkpoint(*rest) for partition, *rest in rows}


def _overview(connection: sqlite3.Connection, hub: str, groups: list[str]) -> HubOverview:
    partitions = partitions_of(connection, hub)
    return HubOverview(
        hub, partitions, [_group(connection, hub, name, partitions) for name in groups]
    )


def _group(
    connection: sqlite3.Connection, hub: str, name: str, partitions: list[PartitionState]
) -> GroupOverview:
    checkpoints = checkpoints_of(connection, hub, name)
    lag = {state.partition: _lag(state, checkpoints.get(state.partition)) for state in partitions}
    return GroupOverview(name, checkpoints, lag)


def _lag(state: PartitionState, checkpoint: Checkpoint | None) -> int:
    """Count the kept events after the checkpoint; all of them, if there is none."""
    following = checkpoint.sequence_number + 1 if checkpoint else 0
    return max(0, state.next_sequence - max(following, state.first_sequence))
