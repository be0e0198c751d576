"""What is reported arrives in Application Insights."""

from __future__ import annotations

import logging
import os
import ssl
import subprocess
import sys
from typing import Any

import httpx
import pytest

from adapters.telemetry import EVENT_NAME, ReportedFailureError, Telemetry
from tests.support.cloud import PROJECT, RunningCloud

# The exporter changes the logging of its whole process, so it gets one of its own.
REPORTER = """
import logging, os
from adapters.telemetry import Telemetry
connection = os.environ["LOCALAZURE_INSIGHTS_CONNECTION_STRING"]
telemetry = Telemetry(connection)
Telemetry(connection)
telemetry.failure(
    "chunk 7 was given up: too few rows", {"pipeline": "fleet", "run_id": "r-1", "chunk": "7"}
)
telemetry.event("run_ended", {"pipeline": "fleet", "status": "Completed", "rows_scored": "12"})
logging.getLogger("elsewhere").error("not ours")
logging.shutdown()
"""


@pytest.fixture(scope="module")
def reported(running_cloud: RunningCloud) -> RunningCloud:
    """The cloud, after a process has reported a failure and an event to it."""
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", REPORTER],
        env={**os.environ, **running_cloud.environment},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return running_cloud


def _items(cloud: RunningCloud, kind: str) -> list[dict[str, Any]]:
    answer = httpx.get(
        f"{cloud.url}/insights/items",
        params={"kind": kind},
        verify=ssl.create_default_context(cafile=cloud.ca_bundle),
    )
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


@pytest.mark.xdist_group("cloud")
def test_a_failure_arrives_as_exception(reported: RunningCloud) -> None:
    """It carries its reason, and which pipeline, run and chunk it was; it arrives once."""
    [item] = _items(reported, "exception")
    assert item["name"].endswith("ReportedFailureError")
    assert item["message"] == "chunk 7 was given up: too few rows"
    assert item["severity"] == "error"
    told = {name: item["properties"][name] for name in ("pipeline", "run_id", "chunk")}
    assert told == {"pipeline": "fleet", "run_id": "r-1", "chunk": "7"}


@pytest.mark.xdist_group("cloud")
def test_an_ended_run_arrives_as_custom_event(reported: RunningCloud) -> None:
    """It carries its counts as properties; it arrives once."""
    [item] = _items(reported, "event")
    assert item["name"] == "run_ended"
    told = {name: item["properties"][name] for name in ("pipeline", "status", "rows_scored")}
    assert told == {"pipeline": "fleet", "status": "Completed", "rows_scored": "12"}


@pytest.mark.xdist_group("cloud")
def test_other_logs_stay_where_they_are(reported: RunningCloud) -> None:
    """Only Windrow's own records are exported."""
    assert not [item for item in _items(reported, "trace") if "not ours" in item["message"]]


def test_without_a_connection_string_the_log_has_it(caplog: pytest.LogCaptureFixture) -> None:
    """The same records go to the log, with the same properties."""
    with caplog.at_level(logging.INFO, logger="windrow"):
        telemetry = Telemetry(None)
        telemetry.failure("too few rows", {"chunk": "7"})
        telemetry.event("run_ended", {"status": "Completed"})
    failure, event = caplog.records
    assert (failure.getMessage(), failure.__dict__["chunk"]) == ("too few rows", "7")
    assert failure.exc_info and failure.exc_info[0] is ReportedFailureError
    assert (event.__dict__[EVENT_NAME], event.__dict__["status"]) == ("run_ended", "Completed")
