"""The real exporter, azure-monitor-opentelemetry, against the running local cloud."""

import os
import subprocess
import sys
from typing import Any

import httpx

from tests.support.cloud import RunningCloud

# Set up as an app does it; the exporter changes the logging of its whole process.
_APP = """
import logging, os
from azure.monitor.opentelemetry import configure_azure_monitor
from opentelemetry import trace
configure_azure_monitor(
    connection_string=os.environ["LOCALAZURE_INSIGHTS_CONNECTION_STRING"],
    logger_name="app",
    enable_live_metrics=False,
    sampling_ratio=1.0,
)
logger = logging.getLogger("app")
logger.setLevel(logging.INFO)
with trace.get_tracer("app").start_as_current_span("score chunk"):
    try:
        raise ValueError("too few rows")
    except ValueError:
        logger.exception("chunk failed", extra={"run": "run-1", "chunk": 7})
    logger.info(
        "run done", extra={"microsoft.custom_event.name": "run_completed", "rows_scored": 12}
    )
logging.shutdown()
"""


def _items(cloud: RunningCloud, kind: str) -> list[dict[str, Any]]:
    import ssl

    answer = httpx.get(
        f"{cloud.url}/insights/items",
        params={"kind": kind},
        verify=ssl.create_default_context(cafile=cloud.ca_bundle),
    )
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def _is_of_run(item: dict[str, Any]) -> bool:
    return bool(item["properties"].get("run") == "run-1")


def test_what_the_app_reports_arrives(cloud: RunningCloud) -> None:
    """An exception keeps its extras, a custom event its counts; both share the operation."""
    result = subprocess.run(
        [sys.executable, "-c", _APP],
        env={**os.environ, **cloud.environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr

    # Other tests may report to the same cloud: what is meant shares one operation.
    (exception,) = (one for one in _items(cloud, "exception") if _is_of_run(one))
    operation = exception["operation_id"]
    assert exception["name"] == "ValueError"
    assert exception["message"] == "chunk failed"
    assert exception["severity"] == "error"
    assert exception["properties"]["run"] == "run-1"
    assert str(exception["properties"]["chunk"]) == "7"
    (event,) = (one for one in _items(cloud, "event") if one["operation_id"] == operation)
    assert event["name"] == "run_completed"
    assert str(event["properties"]["rows_scored"]) == "12"
    (span,) = (one for one in _items(cloud, "dependency") if one["operation_id"] == operation)
    assert span["name"] == "score chunk"
