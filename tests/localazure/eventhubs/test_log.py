"""The log in SQLite."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest

from localazure.config import EventHub
from localazure.errors import LocalAzureError
from localazure.eventhubs.log import EventLog
from localazure.eventhubs.model import EventData, PartitionState, StoredEvent
from tests.support.cloud import PROJECT

HOUR_MS = 3_600_000
HUBS = {"telemetry": EventHub(partitions=2, retention_hours=1)}
MANY = 2**30

# Appends batches of seven events until it is killed, and says when each is in.
_WRITER = """
import sys
from pathlib import Path
from localazure.config import EventHub
from localazure.eventhubs.log import EventLog
from localazure.eventhubs.model import EventData
log = EventLog(Path(sys.argv[1]), {"telemetry": EventHub(partitions=2)})
while True:
    print(log.append("telemetry", 0, [EventData(b"x" * 500, {})] * 7), flush=True)
"""


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.time_ms = 1_000

    def __call__(self) -> int:
        """Return the time."""
        return self.time_ms


@pytest.fixture
def clock() -> Clock:
    """A clock in the hands of the test."""
    return Clock()


@pytest.fixture
def reopen(tmp_path: Path, clock: Clock) -> Iterator[Callable[[], EventLog]]:
    """Closes the log, as the end of the cloud does, and opens it again."""
    opened: list[EventLog] = []

    def reopen() -> EventLog:
        if opened:
            opened.pop().close()
        opened.append(EventLog(tmp_path / "log.db", HUBS, clock))
        return opened[-1]

    yield reopen
    opened.pop().close()


@pytest.fixture
def log(reopen: Callable[[], EventLog]) -> EventLog:
    """An empty log of one hub with two partitions that keeps events for an hour."""
    return reopen()


def _events(*bodies: bytes) -> list[EventData]:
    return [EventData(body, {}) for body in bodies]


def _read(log: EventLog, partition: int = 0, first: int = 0) -> tuple[StoredEvent, ...]:
    return log.read("telemetry", partition, first, MANY, MANY).events


def _numbers(log: EventLog, partition: int = 0) -> list[int]:
    return [event.sequence_number for event in _read(log, partition)]


def _state(log: EventLog, partition: int = 0) -> PartitionState:
    return log.partitions("telemetry")[partition]


def test_an_event_comes_back_as_it_went_in(reopen: Callable[[], EventLog], clock: Clock) -> None:
    """Body, properties, key and time survive a restart, byte for byte and type for type."""
    event = EventData(b"\x00\xff body", {"a": "ü", "b": 1, "c": 2.5, "d": True}, "text/plain")
    reopen().append("telemetry", 1, [event], partition_key="key")
    assert _read(reopen(), 1) == (
        StoredEvent(0, "0", clock.time_ms, "key", event.properties, event.body),
    )
    assert _read(reopen(), 0) == ()


def test_every_partition_counts_by_itself(reopen: Callable[[], EventLog]) -> None:
    """Sequence numbers are 0, 1, 2 ... in each partition, and go on after a restart."""
    log = reopen()
    assert log.append("telemetry", 0, _events(b"a", b"b")) == 2
    assert log.append("telemetry", 1, _events(b"c")) == 1
    assert reopen().append("telemetry", 0, _events(b"d")) == 3
    assert [event.body for event in _read(reopen())] == [b"a", b"b", b"d"]
    assert _numbers(reopen()) == [0, 1, 2]


def test_offsets_are_texts_that_grow(log: EventLog) -> None:
    """Each event has a higher offset than the one before it, even if it is empty."""
    log.append("telemetry", 0, _events(b"", b"", b"body"))
    log.append("telemetry", 0, _events(b""))
    offsets = [event.offset for event in _read(log)]
    assert all(isinstance(offset, str) for offset in offsets)
    assert sorted(set(map(int, offsets))) == [int(offset) for offset in offsets]


def test_a_batch_is_in_wholly_or_not_at_all(log: EventLog) -> None:
    """A batch that fails in its middle leaves neither events nor a gap in the numbers."""
    unstorable = EventData(b"bad", {}, content_type=cast(str, object()))
    log.append("telemetry", 0, _events(b"before"))
    with pytest.raises(sqlite3.Error):
        log.append("telemetry", 0, [*_events(b"good"), unstorable])
    log.append("telemetry", 0, _events(b"after"))
    assert [event.body for event in _read(log)] == [b"before", b"after"]
    assert _numbers(log) == [0, 1]


def test_time_never_goes_backwards_in_a_partition(log: EventLog, clock: Clock) -> None:
    """An enqueued time below that of the newest event is raised to it; partitions are apart."""
    for time_ms in (5_000, 3_000, None, 6_000):
        log.append("telemetry", 0, _events(b""), enqueued_ms=time_ms)
    log.append("telemetry", 1, _events(b""), enqueued_ms=3_000)
    assert [event.enqueued_ms for event in _read(log)] == [5_000, 5_000, 5_000, 6_000]
    assert [event.enqueued_ms for event in _read(log, 1)] == [3_000]
    assert _state(log).last_enqueued_ms == 6_000


def test_pages_are_bounded_by_count_and_by_bytes(log: EventLog) -> None:
    """A page ends before it is too long, holds at least one event, and says where to go on."""
    log.append("telemetry", 0, _events(b"1234", b"5678", b"9"))

    def page(first: int, limit: int, max_bytes: int) -> tuple[list[bytes], int]:
        found = log.read("telemetry", 0, first, limit, max_bytes)
        return [event.body for event in found.events], found.next

    assert page(0, 2, MANY) == ([b"1234", b"5678"], 2)
    assert page(0, 9, 8) == ([b"1234", b"5678"], 2)
    assert page(0, 9, 1) == ([b"1234"], 1)
    assert page(2, 9, MANY) == ([b"9"], 3)
    assert page(3, 9, MANY) == ([], 3)
    assert page(7, 9, MANY) == ([], 7)


@pytest.mark.parametrize("restarted", [True, False])
def test_old_events_go_but_numbering_stays(
    log: EventLog, clock: Clock, reopen: Callable[[], EventLog], restarted: bool
) -> None:
    """Events leave after their time, at a start or later; their numbers are never used again."""
    log.append("telemetry", 0, _events(b"old", b"old"), enqueued_ms=77 * HOUR_MS)
    clock.time_ms += HOUR_MS
    log.append("telemetry", 0, _events(b"young"))
    clock.time_ms += 1
    if restarted:
        log = reopen()
    else:
        assert log.expire() == 2
    assert _numbers(log) == [2]
    assert log.read("telemetry", 0, 0, 9, MANY).next == 3
    clock.time_ms += 2 * HOUR_MS
    log.expire()
    assert _state(log) == PartitionState(0, 3, 3, 77 * HOUR_MS)
    assert log.read("telemetry", 0, 0, 9, MANY).next == 3
    log.append("telemetry", 0, _events(b"next"))
    (event,) = _read(log)
    assert (event.sequence_number, event.enqueued_ms) == (3, 77 * HOUR_MS)
    assert int(event.offset) > len(b"oldoldyoung")


def test_retention_goes_by_arrival(log: EventLog, clock: Clock) -> None:
    """Events of a day that was played long after it are not old."""
    clock.time_ms = 1_000_000 * HOUR_MS
    log.append("telemetry", 0, _events(b"replayed"), enqueued_ms=0)
    assert log.expire() == 0
    assert _numbers(log) == [0]


def test_checkpoints_survive_and_the_last_writer_wins(
    reopen: Callable[[], EventLog], clock: Clock
) -> None:
    """A checkpoint may go forwards and backwards; groups and partitions are apart."""
    log = reopen()
    log.set_checkpoint("telemetry", "$Default", 0, 7, "70")
    clock.time_ms += 5
    log.set_checkpoint("telemetry", "$Default", 0, 3, "30")
    log.set_checkpoint("telemetry", "$Default", 1, 1, "10")
    log.set_checkpoint("telemetry", "other", 0, 9, "90")
    kept = reopen().checkpoints("telemetry", "$Default")
    assert list(kept) == [0, 1]
    assert (kept[0].sequence_number, kept[0].offset, kept[0].updated_ms) == (3, "30", 1_005)


def test_partitions_may_be_added_but_not_taken_away(tmp_path: Path) -> None:
    """More partitions begin empty; fewer would lose events, and are refused with a way out."""
    path = tmp_path / "log.db"
    first = EventLog(path, HUBS)
    first.append("telemetry", 1, _events(b"kept"))
    first.close()
    grown = EventLog(path, {"telemetry": EventHub(partitions=3)})
    assert [state.next_sequence for state in grown.partitions("telemetry")] == [0, 1, 0]
    grown.close()
    with pytest.raises(LocalAzureError, match=r"telemetry\.partitions must not .* 3, .*; got 2"):
        EventLog(path, HUBS)


@pytest.mark.parametrize("spoil", ["version", "text"])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, spoil: str) -> None:
    """A log that another version wrote, or no log at all, is named and left as it is."""
    path = tmp_path / "log.db"
    if spoil == "text":
        path.write_text("no database" * 100)
    else:
        EventLog(path, HUBS).close()
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA user_version = 99")
        connection.close()
    before = path.read_bytes()
    with pytest.raises(LocalAzureError, match=r"log\.db"):
        EventLog(path, HUBS)
    assert path.read_bytes() == before


def test_a_kill_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """After SIGKILL all acknowledged batches are there, and no batch is there in part."""
    path = tmp_path / "log.db"
    with subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(path)], cwd=PROJECT, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        for _ in range(100):
            process.stdout.readline()
        process.kill()
        *_, last = [b"700", *(line for line in process.stdout if line.endswith(b"\n"))]
    log = EventLog(path, {"telemetry": EventHub(partitions=2)})
    numbers = _numbers(log)
    assert len(numbers) >= int(last)
    assert len(numbers) % 7 == 0
    assert numbers == list(range(len(numbers)))
    assert log.append("telemetry", 0, _events(b"")) == len(numbers) + 1
    log.close()
