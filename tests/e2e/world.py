"""A running Windrow for tests: the local cloud, the app, and the hands to use them from outside."""

from __future__ import annotations

import contextlib
import io
import json
import sqlite3
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
from azure.core.exceptions import ResourceNotFoundError
from azure.identity import DefaultAzureCredential
from azure.storage.blob import ContainerClient

from tests.support.cloud import PROJECT, RunningCloud, local_cloud
from tests.support.state_file import has_ended
from tests.support.waiting import wait_until

HERE = Path(__file__).parent
APP = (
    "function_app.py",
    "host.json",
    "activities",
    "adapters",
    "domain",
    "orchestrators",
    "triggers",
)
ENDED = {"Completed", "CompletedWithErrors", "Failed", "Cancelled"}
START = datetime(2026, 3, 1, tzinfo=UTC)


def minutes(count: float) -> timedelta:
    """So many minutes."""
    return timedelta(minutes=count)


def readings(device: str, count: int = 60, every: timedelta = timedelta(minutes=1)) -> pd.DataFrame:
    """`count` readings of a device, the first one step after START: values 1, 2, 3..."""
    return pd.DataFrame(
        {
            "ts": pd.Series(
                [START + every * (i + 1) for i in range(count)], dtype="datetime64[us, UTC]"
            ),
            "device": device,
            "value": [float(i + 1) for i in range(count)],
        }
    )


@dataclass(frozen=True)
class World:
    """The app's API, the lake, the database and Application Insights of one running cloud."""

    cloud: RunningCloud
    app: Path
    gates: Path
    api: httpx.Client
    lake: ContainerClient

    def put(self, path: str, frame: pd.DataFrame, **options: Any) -> None:
        """Writes a frame into the lake, as parquet or (by the path's ending) as CSV."""
        buffer = io.BytesIO()
        if path.endswith(".csv"):
            frame.to_csv(buffer, index=False, **options)
        else:
            frame.to_parquet(buffer, index=False, **options)
        self.lake.upload_blob(path, buffer.getvalue(), overwrite=True)

    def start(
        self, pipeline: str, *, hours: float = 1, start: datetime = START, **body: Any
    ) -> str:
        """Asks for a run over `hours` from `start`. Answers its id."""
        answer = self.post(pipeline, hours=hours, start=start, **body)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def post(
        self, pipeline: str, *, hours: float = 1, start: datetime = START, **body: Any
    ) -> httpx.Response:
        """The bare answer to the request for a run."""
        end = start + timedelta(hours=hours)
        span = {"from": start.isoformat(), "to": end.isoformat()}
        return self.api.post(f"/api/pipelines/{pipeline}/runs", json={**span, **body})

    def run(self, run_id: str) -> dict[str, Any]:
        """The run as the API tells it."""
        answer = self.api.get(f"/api/runs/{run_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def ended(self, run_id: str, timeout_s: float = 90) -> dict[str, Any]:
        """Waits until the run has ended. Answers it.

        Looks into the engine's file: to ask the app ten times a second would keep it from its work.
        """
        wait_until(
            partial(has_ended, self.cloud.state, run_id),
            description=f"{run_id} has ended",
            timeout_s=timeout_s,
        )
        run = self.run(run_id)
        assert run["status"] in ENDED, run
        return run

    def sql(self, query: str, *parameters: object) -> list[dict[str, Any]]:
        """Rows of the scores database."""
        with contextlib.closing(sqlite3.connect(self.cloud.state / "scores.db")) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(query, parameters)]

    def scores(self, table: str, run_id: str) -> list[dict[str, Any]]:
        """The scores that a run has written, by key and time."""
        return self.sql(
            f"SELECT * FROM {table} WHERE run_id = ? ORDER BY device, window_end", run_id
        )

    def blob(self, path: str) -> bytes | None:
        """A blob of the lake, or None."""
        try:
            return bytes(self.lake.download_blob(path).readall())
        except ResourceNotFoundError:
            return None

    def reported(self, kind: str, **properties: str) -> list[dict[str, Any]]:
        """What Application Insights has of a kind, with these properties."""
        answer = httpx.get(
            f"{self.cloud.url}/insights/items",
            params={"kind": kind, "limit": 1000},
            verify=ssl.create_default_context(cafile=self.cloud.ca_bundle),
        )
        items = answer.raise_for_status().json()["items"]
        return [item for item in items if properties.items() <= item["properties"].items()]


def make_app(folder: Path, settings: dict[str, str]) -> Path:
    """A copy of the app by links, with test pipelines and settings of its own."""
    folder.mkdir(parents=True)
    for name in APP:
        (folder / name).symlink_to(PROJECT / name)
    sample = json.loads((PROJECT / "local.settings.sample.json").read_text())
    sample["Values"] |= {
        "PIPELINES_DIR": str(HERE / "pipelines"),
        "MACHINES_DB_URL": "sqlite:///%LOCALAZURE_STATE%/machines.db",
        **settings,
    }
    (folder / "local.settings.json").write_text(json.dumps(sample))
    return folder


def ml_config(gates: Path, folder: Path, workspace: Mapping[str, Any]) -> dict[str, Any]:
    """The local cloud's content: the tiny model, and the sample model trained by a test.

    `workspace` has further fields of its Azure ML.
    """
    tiny = (HERE / "tiny_model" / "deployment.yml").read_text()
    tiny = tiny.replace("path: model\n", f"path: {HERE / 'tiny_model' / 'model'}\n")
    tiny = tiny.replace("code: .\n", f"code: {HERE / 'tiny_model'}\n")
    tiny += f"environment_variables:\n  TINY_GATES: {gates}\n"
    sample = (PROJECT / "scoring_model" / "deployment.yml").read_text()
    sample = sample.replace("path: models/fleet", f"path: {folder / 'fleet'}")
    sample = sample.replace("code: .\n", f"code: {PROJECT / 'scoring_model'}\n")
    sample = sample.replace(
        "conda_file: environment", f"conda_file: {PROJECT}/scoring_model/environment"
    )
    (folder / "tiny.yml").write_text(tiny)
    forgiving = tiny.replace("name: tiny\nendpoint", "name: forgiving\nendpoint")
    forgiving = forgiving.replace("error_threshold: 0", "error_threshold: -1")
    (folder / "forgiving.yml").write_text(
        forgiving.replace("mini_batch_size: 10", "mini_batch_size: 1")
    )
    (folder / "sample.yml").write_text(sample)
    return {
        "storage": {"containers": ["lake"]},
        "event_hubs": {"hubs": {n: {"partitions": 2} for n in ("stream", "visits", "burst")}},
        "machine_learning": {
            "subscription_id": "00000000-0000-0000-0000-000000000000",
            "resource_group": "local",
            "workspace": "windrow",
            "datastores": {"lake": {"container": "lake"}},
            "max_nodes": 2,
            "computes": [str(HERE / "tiny_model" / "compute.yml")],
            "endpoints": [
                {
                    "endpoint": str(HERE / "tiny_model" / "endpoint.yml"),
                    "deployments": [str(folder / "tiny.yml"), str(folder / "forgiving.yml")],
                },
                {
                    "endpoint": str(PROJECT / "scoring_model" / "endpoint.yml"),
                    "deployments": [str(folder / "sample.yml")],
                },
            ],
            **workspace,
        },
    }


@contextlib.contextmanager
def running_world(
    folder: Path,
    *,
    workspace: Mapping[str, Any] | None = None,
    cloud: Mapping[str, Any] | None = None,
    **settings: str,
) -> Iterator[World]:
    """Windrow in `folder`, until the context ends. Started again in the same folder, it goes on.

    `workspace` and `cloud` have further fields of `localazure.yml`, `settings` of the app.
    """
    gates = folder / "gates"
    if not folder.exists():
        gates.mkdir(parents=True)
        make_app(folder / "app", settings)
    config = {**ml_config(gates, folder, workspace or {}), **(cloud or {})}
    with (
        local_cloud(folder / "state", config, root=folder, app=folder / "app") as running,
        running.applied(),
        httpx.Client(base_url=running.functions_url, timeout=30) as api,
        ContainerClient(running.blob_uri, "lake", DefaultAzureCredential()) as lake,
    ):
        yield World(running, folder / "app", gates, api, lake)
