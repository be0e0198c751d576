"""Streams whose surroundings die, go away or deliver again: every event counts exactly once."""

from __future__ import annotations

import json
import os
import ssl
import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from azure.identity import DefaultAzureCredential

from localazure.eventhubs.queries import log_path, read_hubs
from simulate import Plan, Sending, Summary, find_target, run
from tests.e2e.killing import LONGER, kill
from tests.e2e.streams import SCOPE, event, intervals, send
from tests.e2e.world import World, make_app, minutes, running_world
from tests.support.waiting import wait_until

pytestmark = pytest.mark.xdist_group("e2e-restart")

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HUB = PIPELINE = "stream"
TIMES = 5  # how much faster than real time a fleet streams


class Measured(NamedTuple):
    """One reading that was sent."""

    device: str
    at: datetime
    value: float


@pytest.mark.parametrize(
    "whole",
    [pytest.param(False, id="the host"), pytest.param(True, id="everything", marks=LONGER)],
)
def test_a_burst_survives_being_killed(tmp_path: Path, whole: bool) -> None:
    """Killed while batches come in and a run scores, and started again: nothing is lost, nothing
    counts twice, and the scores are those of what was sent."""
    folder = tmp_path / "world"
    gated = Measured("gated", NOON - minutes(2), 1)
    with running_world(folder) as world:
        send_all(world, [gated], gated.at)
        fleet = Fleet()
        wait_until((world.gates / "reached").exists, description="a run scores", timeout_s=60)
        fleet.wait_for(200)
        wait_until(lambda: waiting(world), description="events wait for the host")
        kill(world, whole=whole)
    (folder / "gates" / "open").touch()

    with running_world(folder) as world:
        fleet.wait_for(1_000)
        sent = [gated, *fleet.stop()]
        found = settled(world)

        assert stored(world) == windows_of(sent)
        assert sum(one["events"] for one in found) == arrived(world)
        assert sum(one["counts"]["events_read"] for one in found) == arrived(world)
        runs = world.sql("SELECT run_id FROM runs WHERE pipeline = ?", PIPELINE)
        assert {one["run_id"] for one in found} <= {row["run_id"] for row in runs}
        for row in runs:
            assert world.run(row["run_id"])["reconciled"] is True, row


@pytest.mark.parametrize(
    ("before", "after", "more"),
    [
        pytest.param(100, 7, [0, 0], id="smaller"),
        pytest.param(7, 100, [0, 1], id="larger", marks=LONGER),
    ],
)
def test_what_is_delivered_again_counts_once(
    tmp_path: Path, before: int, after: int, more: list[int]
) -> None:
    """A checkpoint that is set back has everything delivered again, in batches of another size.
    Those that bring nothing new ask for no run. A larger one may reach over a gap, in which the
    second interval's events might have been: it is scored once more, to the same rows."""
    folder = tmp_path / "world"
    (folder / "gates").mkdir(parents=True)
    batches_of(make_app(folder / "app", {}), before)
    one = [Measured("a", NOON + timedelta(seconds=9 * n), n) for n in range(1, 9)]
    two = [Measured("b", NOON + minutes(5) + timedelta(seconds=8 * n), n) for n in range(1, 35)]
    sent = [*two[:20], *one, *two[20:]]
    with running_world(folder) as world:
        send_all(world, sent, NOON + minutes(10))
        first = settled(world)
        rows = stored(world)
        assert rows == windows_of(sent)
        set_back(world)
        assert waiting(world) == len(sent)
        batches_of(world.app, after)

    with running_world(folder) as world:
        again = settled(world)
        assert [b["revision"] - a["revision"] for a, b in zip(first, again, strict=True)] == more
        assert stored(world) == rows
        assert list(map(counted, again)) == list(map(counted, first))
        names = [blob.name.rpartition("/")[2] for blob in world.lake.list_blobs("raw/")]
        assert {name.partition("-")[0] for name in names} == {"compacted", "compacted.json"}
        assert len(names) == 4


def test_a_lake_that_is_away_for_a_while_is_waited_for(tmp_path: Path) -> None:
    """While there is no container batches fail, the checkpoint is held, and they are delivered
    again until it is back: nothing is lost, nothing counts twice."""
    one = [Measured("a", NOON + minutes(n), n) for n in range(1, 9)]
    two = [Measured("b", NOON + minutes(n), n) for n in range(3, 9)]
    with running_world(tmp_path / "world") as world:
        log = world.cloud.state / "logs" / "functions.log"
        world.lake.delete_container()
        send_all(world, one, NOON + minutes(9))
        send_all(world, two, NOON + minutes(9))
        wait_until(
            lambda: log.read_text().count("will be delivered again") >= 4,
            description="batches fail again and again because of the lake",
            timeout_s=30,
        )
        assert "lake container 'lake'" in log.read_text()
        assert waiting(world) == len(one + two)
        world.lake.create_container()

        found = settled(world)
        assert stored(world) == windows_of([*one, *two])
        assert [one["events"] for one in found] == [5 + 3, 3 + 3]


class Fleet:
    """Streams in a thread, until `stop`, and waits while nobody is there to take events."""

    def __init__(self) -> None:
        self._sent: list[Sending] = []
        self._target = find_target(os.environ, None, HUB)
        assert self._target.token is not None
        self._target.token()  # is kept: while the cloud is away there is none to be had
        self._stop = threading.Event()
        self._summaries: list[Summary] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def wait_for(self, more: int) -> None:
        """Waits until so many more events were acknowledged."""
        wanted = len(self._sent) + more

        def are_there() -> bool:
            assert self._thread.is_alive(), "the fleet has given up"
            return len(self._sent) >= wanted

        wait_until(are_there, description=f"{wanted} events are sent", timeout_s=60)

    def stop(self) -> list[Measured]:
        """Ends the stream once all that is on its way has arrived. Answers all that was sent."""
        self._stop.set()
        self._thread.join(timeout=20)
        [summary] = self._summaries
        assert (summary.abandoned, summary.sent) == (0, len(self._sent))
        return [
            Measured(sending.device, EPOCH + timedelta(microseconds=reading.at_us), reading.value)
            for sending in self._sent
            for reading in sending.readings
        ]

    def _run(self) -> None:
        plan = Plan(NOON, devices=6, sensors=1, rate=200, speed=TIMES, nested=True)

        def took(events: Sequence[Sending], _: float) -> None:
            self._sent.extend(events)

        self._summaries.append(run(plan, self._target, on_sent=took, stop=self._stop))


def send_all(world: World, measured: Sequence[Measured], arrival: datetime) -> None:
    """Sends readings in one request, thus to one partition."""
    send(world, HUB, [event(at, device, v, nested=True) for device, at, v in measured], arrival)


def windows_of(measured: Iterable[Measured]) -> dict[tuple[str, str], Any]:
    """The tiny model's scores of the windows, by device and minute, computed by hand; equal
    readings count once."""
    windows: dict[tuple[str, str], list[float]] = defaultdict(list)
    for device, at, value in set(measured):
        end = EPOCH - (EPOCH - at) // minutes(1) * minutes(1)
        windows[device, f"{end:%Y-%m-%d %H:%M}"].append(value)
    return {
        window: pytest.approx(2 * sum(values) / len(values) + len(values), rel=1e-12)
        for window, values in windows.items()
    }


def stored(world: World) -> dict[tuple[str, str], float]:
    """The scores in SQL, by device and minute."""
    rows = world.sql("SELECT device, window_end, score FROM stream_scores")
    found = {(row["device"], str(row["window_end"])[:16]): row["score"] for row in rows}
    assert len(found) == len(rows)
    return found


def waiting(world: World) -> int:
    """How many events of the hub no checkpoint is past."""
    [hub] = [hub for hub in read_hubs(log_path(world.cloud.state)) if hub.name == HUB]
    [group] = hub.consumer_groups
    return sum(group.lag.values())


def arrived(world: World) -> int:
    """How many events the hub has taken."""
    [hub] = [hub for hub in read_hubs(log_path(world.cloud.state)) if hub.name == HUB]
    return sum(partition.next_sequence for partition in hub.partitions)


def settled(world: World) -> list[dict[str, Any]]:
    """Waits until the checkpoints are at the end of the log and every interval is scored. Answers
    the intervals."""

    def look() -> list[dict[str, Any]]:
        if waiting(world):
            return []
        found = intervals(world, PIPELINE, NOON - minutes(10), hours=4)
        done = all(
            one["status"] == "Completed" and not one["new_events"] and not one["collecting"]
            for one in found
        )
        return found if done else []

    return wait_until(look, description="all that was sent is scored", timeout_s=120)


def counted(interval: dict[str, Any]) -> dict[str, int]:
    """What a run has counted, but for what is about itself."""
    return {name: interval["counts"][name] for name in ("events_read", "windows", "rows_in_sql")}


def batches_of(app: Path, size: int) -> None:
    """Gives the app a host.json of its own, by which batches have so many events."""
    host = json.loads((app / "host.json").read_text())
    host["extensions"]["eventHubs"] |= {"maxEventBatchSize": size, "minEventBatchSize": size}
    (app / "host.json").unlink()
    (app / "host.json").write_text(json.dumps(host))


def set_back(world: World) -> None:
    """Sets the hub's checkpoints to before its first events."""
    group = f"https://{world.cloud.environment['LOCALAZURE_EVENT_HUBS']}/localazure/eventhubs/"
    group += f"{HUB}/consumergroups/$Default/checkpoints"
    headers = {"Authorization": f"Bearer {DefaultAzureCredential().get_token(SCOPE).token}"}
    tls = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])
    with httpx.Client(verify=tls, headers=headers) as client:
        for partition in client.get(group).raise_for_status().json()["checkpoints"]:
            first = {"sequence_number": -1, "offset": "-1"}
            client.put(f"{group}/{partition}", json=first).raise_for_status()
