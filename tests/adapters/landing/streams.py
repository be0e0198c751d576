"""Streams for the tests of landing: pipelines, batches, and what lies in the lake afterwards."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow.parquet as pq

from adapters.lake import Lake
from adapters.landing import Arrived
from domain.pipeline import Pipeline, parse_pipeline
from domain.raw_files import stream_folder
from domain.windows import to_us
from tests.adapters.pipelines import instant

NOON = to_us(instant("2026-01-01T12:00:00"))
SECOND, MINUTE, HOUR = 1_000_000, 60_000_000, 3_600_000_000
RAW = ["partition", "sequence", "position", "enqueued_us", "event_us", "effective_us"]


def stream(
    source: Mapping[str, Any] | None = None,
    windows: Mapping[str, Any] | None = None,
    aggregates: Mapping[str, Any] | None = None,
) -> Pipeline:
    """A pipeline over a stream of `ts,device,value`, with a name that no other test has."""
    return parse_pipeline(
        {
            "name": f"s{uuid.uuid4().hex}",
            "source": {
                "kind": "events",
                "event_hub": "readings",
                "timestamp": "ts",
                "key": ["device"],
                **(source or {}),
            },
            "windows": windows or {"kind": "tumbling", "size": "5m"},
            "aggregates": aggregates or {"mean": {"function": "mean", "column": "value"}},
            "model": {"endpoint": "samples"},
            "output": {"table": "scores", "columns": {"score": "float"}},
        }
    )


def event(at_us: int = NOON, **fields: Any) -> dict[str, Any]:
    """An event as its producer has it."""
    iso = f"{instant('1970-01-01').fromtimestamp(at_us // SECOND, instant('1970-01-01').tzinfo)}"
    stamp = f"{iso[:10]}T{iso[11:19]}.{at_us % SECOND:06d}Z"
    return {"ts": stamp, "device": "a", "value": 20.5, **fields}


def arrived(
    body: Any, sequence: int = 7, enqueued_us: int = NOON + SECOND, partition: str = "3"
) -> Arrived:
    """A message with that body: bytes, or anything that JSON can say."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Arrived(partition, sequence, enqueued_us, data)


def batch(bodies: Iterable[Any], first: int = 100, every_us: int = SECOND) -> list[Arrived]:
    """Messages that follow each other, each a little later than the one before."""
    return [
        arrived(body, first + number, NOON + SECOND + number * every_us)
        for number, body in enumerate(bodies)
    ]


def raw_names(lake: Lake, pipeline: Pipeline) -> list[str]:
    """The files of a stream, below its folder."""
    folder = stream_folder(pipeline.name)
    return [file.path.removeprefix(folder) for file in lake.list(folder)]


def raw_events(lake: Lake, pipeline: Pipeline) -> list[dict[str, Any]]:
    """The events in all files of a stream, in no order, as often as they lie there."""
    folder = stream_folder(pipeline.name)
    return [row for file in lake.list(folder) for row in rows(lake, file.path)]


def rows(lake: Lake, path: str) -> list[dict[str, Any]]:
    """The rows of a parquet file."""
    found: list[dict[str, Any]] = pq.read_table(io.BytesIO(lake.read_bytes(path))).to_pylist()
    return found
