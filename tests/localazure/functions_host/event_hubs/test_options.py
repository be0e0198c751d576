"""`extensions.eventHubs` of host.json."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from localazure.functions_host.errors import SettingsError
from localazure.functions_host.event_hubs.events import InitialOffset
from localazure.functions_host.event_hubs.options import EventHubOptions, read_options
from localazure.functions_host.settings import read_host_settings


def test_defaults_are_the_extensions() -> None:
    """Without settings: 100 events at most, no waiting, a checkpoint per batch, from the start."""
    assert read_options({}) == EventHubOptions(100, 1, 60.0, 300, 1, InitialOffset("fromStart"))


def test_settings_are_followed(tmp_path: Path) -> None:
    """Every field is read; those that tune what is not here are told to have no effect."""
    section = {
        "maxEventBatchSize": 7,
        "minEventBatchSize": 3,
        "maxWaitTime": "00:00:05",
        "prefetchCount": 0,
        "batchCheckpointFrequency": 4,
        "initialOffsetOptions": {
            "type": "fromEnqueuedTime",
            "enqueuedTimeUtc": "2026-01-01T00:00:00Z",
        },
        "transportType": "amqpWebSockets",
    }
    content = {"version": "2.0", "extensions": {"eventHubs": section}}
    (tmp_path / "host.json").write_text(json.dumps(content), "utf-8")
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    assert read_host_settings(tmp_path, {}).event_hubs == EventHubOptions(
        7, 3, 5.0, 0, 4, InitialOffset("fromEnqueuedTime", moment), ("transportType",)
    )


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        ({"maxEventBatchSize": 0}, "maxEventBatchSize must be a number of at least 1; got 0"),
        ({"maxEventBatchSize": "9"}, "maxEventBatchSize must be a number of at least 1; got '9'"),
        ({"minEventBatchSize": 200}, "minEventBatchSize must be at most maxEventBatchSize (100)"),
        ({"maxWaitTime": 60}, "maxWaitTime must be a time span such as '00:00:30'; got 60"),
        ({"maxWaitTime": "00:11:00"}, "maxWaitTime must be at most ten minutes; got '00:11:00'"),
        ({"batchCheckpointFrequency": True}, "must be a number of at least 1; got True"),
        ({"maxBatchSize": 5}, "eventHubs.maxBatchSize is not a setting; there are: batchCheck"),
        ({"initialOffsetOptions": []}, ""),
        ({"initialOffsetOptions": 1}, "initialOffsetOptions must be a JSON object"),
        ({"initialOffsetOptions": {"type": "x"}}, "initialOffsetOptions.type must be one of"),
        ({"initialOffsetOptions": {"kind": 1}}, "initialOffsetOptions.kind is not a setting"),
        (
            {"initialOffsetOptions": {"type": "fromEnqueuedTime"}},
            "initialOffsetOptions.enqueuedTimeUtc must be a time in ISO 8601; got None",
        ),
    ],
)
def test_wrong_settings_are_named(section: dict[str, Any], problem: str) -> None:
    """Each says the field, the rule and the value."""
    if not problem:
        assert read_options(section) == EventHubOptions()
        return
    with pytest.raises(SettingsError) as caught:
        read_options(section)
    assert problem in str(caught.value)


def test_all_problems_are_told_at_once() -> None:
    """Two wrong fields make two lines."""
    with pytest.raises(SettingsError) as caught:
        read_options({"maxEventBatchSize": 0, "prefetchCount": -1})
    assert len(str(caught.value).splitlines()) == 2
