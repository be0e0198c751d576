"""Hands to use a stream from outside: send events as a device would, and watch its intervals."""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx
from azure.identity import DefaultAzureCredential

from tests.e2e.world import World
from tests.support.waiting import wait_until

SCOPE = "https://eventhubs.azure.net/.default"


def event(ts: datetime, device: str, value: float, *, nested: bool = False) -> str:
    """One reading as the body of an event."""
    measure = {"payload": {"value": value}} if nested else {"value": value}
    return json.dumps({"ts": ts.isoformat(), "device": device, **measure})


def send(world: World, hub: str, bodies: Sequence[str | bytes], arrival: datetime | None) -> None:
    """Sends events through the service's REST operation, as if they arrived at `arrival`."""
    headers = {"Authorization": f"Bearer {DefaultAzureCredential().get_token(SCOPE).token}"}
    if arrival is not None:
        headers["x-localazure-enqueued-time"] = arrival.isoformat(timespec="milliseconds")
    url = f"https://{world.cloud.environment['LOCALAZURE_EVENT_HUBS']}/{hub}/messages"
    tls = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])
    with httpx.Client(verify=tls, timeout=30, headers=headers) as client:
        texts = [{"Body": body} for body in bodies if isinstance(body, str)]
        if texts:
            batch = {"Content-Type": "application/vnd.microsoft.servicebus.json"}
            client.post(url, content=json.dumps(texts), headers=batch).raise_for_status()
        for body in bodies:
            if isinstance(body, bytes):
                client.post(url, content=body).raise_for_status()


def intervals(
    world: World, pipeline: str, start: datetime, hours: float = 2
) -> list[dict[str, Any]]:
    """The intervals of a pipeline as the API tells them."""
    span = {"from": start.isoformat(), "to": (start + timedelta(hours=hours)).isoformat()}
    answer = world.api.get(f"/api/pipelines/{pipeline}/intervals", params=span)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["intervals"])


def collected(
    world: World, pipeline: str, start: datetime, revisions: Sequence[int], timeout_s: float = 90
) -> list[dict[str, Any]]:
    """Waits until the intervals in which events landed are scored as these revisions, and all is
    quiet."""

    def look() -> list[dict[str, Any]] | None:
        found = intervals(world, pipeline, start)
        done = all(
            one["status"] == "Completed" and not one["new_events"] and not one["collecting"]
            for one in found
        )
        landed = [one for one in found if one["events"]]
        return landed if done and [one["revision"] for one in landed] == [*revisions] else None

    what = f"the intervals of {pipeline} are collected as revisions {list(revisions)}"
    found = wait_until(look, description=what, timeout_s=timeout_s)
    assert found is not None
    return found


def scores(world: World, table: str) -> list[tuple[str, str, float, int]]:
    """What is in SQL: device, minute of the window's end, score, revision."""
    rows = world.sql(f"SELECT * FROM {table} ORDER BY device, window_end")
    return [
        (row["device"], str(row["window_end"])[11:16], row["score"], row["revision"])
        for row in rows
    ]
