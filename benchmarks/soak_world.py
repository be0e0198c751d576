"""The running Windrow that a soak streams into: a pipeline of its own, with short intervals.

Windows of 10 seconds are scored every 30, by a model that takes no time: what is measured is the
way of an event into the lake and of a window into SQL, many times within minutes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import httpx
from azure.identity import DefaultAzureCredential
from azure.storage.blob import ContainerClient

from tests.e2e.world import World, make_app, ml_config
from tests.support.cloud import local_cloud

HUB = PIPELINE = "soak"
PARTITIONS = 4
WINDOW_S, INTERVAL_S, TOLERANCE_S = 10, 30, 5
SPEC = f"""
name: {PIPELINE}
source:
  kind: events
  event_hub: {HUB}
  timestamp: ts
  key: [device]
  score_every: {INTERVAL_S}s
  quiet: 1s
  late_arrival: {{tolerance: {TOLERANCE_S}s, policy: rescore}}
windows: {{kind: tumbling, size: {WINDOW_S}s}}
aggregates:
  value_mean: {{function: mean, column: value}}
  value_count: {{function: count}}
model: {{endpoint: tiny, poll: {{first: 200ms, factor: 1.5, cap: 1s}}}}
output: {{table: soak_scores, columns: {{score: float}}}}
"""


@contextlib.contextmanager
def soak_world(folder: Path) -> Iterator[World]:
    """Windrow with the one pipeline in a new folder, until the context ends."""
    pipelines, gates = folder / "pipelines", folder / "gates"
    for one in (pipelines, gates):
        one.mkdir(parents=True)
    (pipelines / f"{PIPELINE}.yml").write_text(SPEC)
    app = make_app(folder / "app", {"PIPELINES_DIR": str(pipelines)})
    config = ml_config(gates, folder)
    config["event_hubs"] = {"hubs": {HUB: {"partitions": PARTITIONS}}}
    with (
        local_cloud(folder / "state", config, root=folder, app=app) as cloud,
        cloud.applied(),
        httpx.Client(base_url=cloud.functions_url, timeout=60) as api,
        ContainerClient(cloud.blob_uri, "lake", DefaultAzureCredential()) as lake,
    ):
        yield World(cloud, app, gates, api, lake)
