"""Application Insights, through azure-monitor-opentelemetry.

Failures arrive as exceptions, ended runs as custom events.
Without a connection string the same records go to the log alone.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping

from domain.errors import WindrowError

LOGGER = logging.getLogger("windrow")
EVENT_NAME = "microsoft.custom_event.name"

_configuring = threading.Lock()
_configured: set[str] = set()


class ReportedFailureError(WindrowError):
    """Carries a failure's reason to Application Insights, which shows exceptions by type."""


class Telemetry:
    """Where failures and events are reported."""

    def __init__(self, connection_string: str | None) -> None:
        if connection_string is not None:
            _configure(connection_string)

    def failure(self, reason: str, properties: Mapping[str, object]) -> None:
        """Reports an exception; `properties` say which pipeline, run, chunk and attempt."""
        error = ReportedFailureError(reason)
        LOGGER.error("%s", reason, exc_info=error, extra=_texts(properties))

    def event(self, name: str, properties: Mapping[str, object]) -> None:
        """Reports a custom event."""
        LOGGER.info("%s", name, extra={EVENT_NAME: name, **_texts(properties)})


def _texts(properties: Mapping[str, object]) -> dict[str, str]:
    """Application Insights keeps texts; what is not known is left out."""
    return {name: str(value) for name, value in properties.items() if value is not None}


def _configure(connection_string: str) -> None:
    """Sets the exporter up, once per process. Only Windrow's own logger is exported."""
    from azure.monitor.opentelemetry import configure_azure_monitor

    with _configuring:
        if connection_string in _configured:
            return
        _configured.add(connection_string)
        LOGGER.setLevel(logging.INFO)
        configure_azure_monitor(
            connection_string=connection_string,
            logger_name=LOGGER.name,
            disable_tracing=True,
            disable_metrics=True,
            enable_live_metrics=False,
            enable_performance_counters=False,
            instrumentation_options={
                name: {"enabled": False}
                for name in (
                    "azure_sdk",
                    "django",
                    "fastapi",
                    "flask",
                    "psycopg2",
                    "requests",
                    "urllib",
                    "urllib3",
                )
            },
        )
