"""A plane of event hubs, and hosts of the events app that listen to it."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.localazure.functions_host.event_hubs.plane import Plane
from tests.localazure.functions_host.host_process import APPS, HostProcess

HUBS = ("telemetry", "singles", "texts", "retried", "persistent")


@pytest.fixture
def plane(tmp_path: Path) -> Iterator[Plane]:
    """A plane that serves the hubs of the events app."""
    made = Plane(tmp_path / "tls", *HUBS).start()
    yield made
    made.stop()


class Listening:
    """A host of the events app, and what was delivered to it."""

    def __init__(self, host: HostProcess, folder: Path) -> None:
        self.host = host
        self.folder = folder

    def deliveries(self, function: str) -> list[dict[str, Any]]:
        """Return the deliveries to a function, oldest first."""
        files = sorted(self.folder.glob(f"{function}-*.json"))
        return [json.loads(file.read_text("utf-8")) for file in files]

    def bodies(self, function: str) -> list[list[str]]:
        """Return the bodies of each delivery."""
        found = self.deliveries(function)
        return [[event["body"] for event in one["events"]] for one in found]

    def let_go(self) -> None:
        """Let held deliveries end."""
        (self.folder / "go").touch()


@pytest.fixture
def listen(
    plane: Plane, new_host: Callable[..., HostProcess], tmp_path: Path
) -> Callable[..., Listening]:
    """Start a host of the events app; arguments replace its settings of host.json."""

    def start(**options: Any) -> Listening:
        app, folder = tmp_path / "app", tmp_path / "deliveries"
        shutil.copytree(APPS / "events", app, ignore=shutil.ignore_patterns("__pycache__"))
        folder.mkdir()
        if options:
            content = {"version": "2.0", "extensions": {"eventHubs": options}}
            (app / "host.json").write_text(json.dumps(content), "utf-8")
        environ = {**plane.environment, "HUB": "telemetry", "GROUP": "windrow"}
        host = new_host(app, DELIVERIES=str(folder), **environ).start()
        return Listening(host, folder)

    return start
