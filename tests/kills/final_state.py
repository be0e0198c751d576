"""What is left of the runs of a Windrow, without what may differ from one time to the next: when
things happened, and how many attempts they took."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow.parquet as pq

from tests.e2e.world import World
from tests.support.state_file import read_instances

ROOMS = ("windows/", "scores/", "quarantine/", "runs/", "dead/")
DIFFERS = {
    *("at", "ended_at", "scored_at", "seconds", "started_at", "updated_at"),
    *("cost", "jobs_submitted"),
}
QUERIES = {
    "scores": "SELECT * FROM kills_scores ORDER BY device, window_end",
    "runs": "SELECT * FROM runs ORDER BY run_id",
    "jobs": "SELECT run_id, chunk, segment, status, rows_scored, rows_rejected, rows_superseded"
    " FROM jobs WHERE scored_at IS NOT NULL ORDER BY run_id, chunk",
    "rejected rows": "SELECT * FROM rejected_rows ORDER BY run_id, chunk, row_number",
    "dead letters": "SELECT * FROM dead_letters",
    "quality": "SELECT * FROM quality",
    "staged": "SELECT * FROM kills_scores__staging",
}


@dataclass(frozen=True)
class FinalState:
    """Outputs by durable instance, contents of files of the lake by path, rows of SQL by query."""

    outputs: Mapping[str, Any]
    lake: Mapping[str, Any]
    sql: Mapping[str, Any]


def final_state(world: World) -> FinalState:
    """What can be compared with another Windrow that was given the same."""
    instances = read_instances(world.cloud.state)
    return FinalState(
        {one.instance_id: (one.name, one.status, _lasting(one.output)) for one in instances},
        _lake(world),
        {name: _lasting(world.sql(query)) for name, query in QUERIES.items()},
    )


def _lake(world: World) -> dict[str, Any]:
    """Of the attempts at a chunk only the one counts whose scores were taken."""
    taken = {
        f"/run={row['run_id']}/chunk={row['chunk']:05}/attempt={row['attempt']}/"
        for row in world.sql("SELECT * FROM jobs WHERE scored_at IS NOT NULL")
    }
    found = {}
    for path in world.lake.list_blob_names():
        attempt = re.search(r"/run=.*/attempt=\d+/", path)
        if path.startswith(ROOMS) and (attempt is None or attempt[0] in taken):
            found[re.sub(r"/attempt=\d+/", "/", path)] = _content(path, world.blob(path) or b"")
    return found


def _content(path: str, body: bytes) -> Any:
    if path.endswith(".parquet"):
        return sorted(map(repr, pq.read_table(io.BytesIO(body)).to_pylist()))
    return json.loads(body) if path.endswith(".json") else body


def _lasting(value: Any) -> Any:
    """The value without what differs, at any depth; texts that are JSON objects are read."""
    if isinstance(value, str) and value.startswith("{"):
        return _lasting(json.loads(value))
    if isinstance(value, Mapping):
        return {key: _lasting(inner) for key, inner in value.items() if key not in DIFFERS}
    return [_lasting(inner) for inner in value] if isinstance(value, list) else value
