"""What every store has to do; run on each implementation."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from localazure.durable import events
from localazure.durable.errors import InstanceExistsError
from localazure.durable.model import (
    ContinueAs,
    Instance,
    InstanceQuery,
    NewInstance,
    Outcome,
    Parent,
    ScheduleActivity,
    ScheduleTimer,
    Status,
)
from localazure.durable.ports import Store
from localazure.durable.sqlite_store import SqliteStore

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
Opener = Callable[[], Store]


@pytest.fixture(params=["sqlite"])
def reopen(tmp_path: Path) -> Iterator[Opener]:
    """Open the same store again, as a new process would."""
    opened: list[Store] = []

    def again() -> Store:
        if opened:
            opened.pop().close()
        opened.append(SqliteStore(tmp_path / "store.sqlite3"))
        return opened[-1]

    yield again
    opened.pop().close()


@pytest.fixture
def store(reopen: Opener) -> Store:
    """An empty store."""
    return reopen()


def begin(store: Store, instance_id: str = "i", parent: Parent | None = None) -> Instance:
    """Create an instance and make its first turn, which schedules nothing."""
    store.create(NewInstance(instance_id, "orchestrator", "1", parent=parent), NOON)
    store.commit_turn(first_outcome(store, instance_id))
    found = store.get(instance_id)
    assert found is not None
    return found


def first_outcome(store: Store, instance_id: str = "i", status: Status = Status.RUNNING) -> Outcome:
    """Return an outcome that consumes what waits."""
    turn = store.load_turn(instance_id, NOON)
    assert turn is not None
    return Outcome(
        instance=turn.instance,
        status=status,
        custom_status=None,
        now=NOON,
        consumed=[one.message_id for one in turn.messages],
        history=[one.event for one in turn.messages],
    )


def test_a_new_instance_waits_for_its_first_turn(store: Store) -> None:
    """Creating leaves one message that begins the execution."""
    created = store.create(NewInstance("i", "orchestrator", '{"a":1}'), NOON)
    assert store.get("i") == created
    assert created.status is Status.PENDING
    turn = store.load_turn("i", NOON)
    assert turn is not None
    assert [one.event["Input"] for one in turn.messages] == ['{"a":1}']
    assert turn.history == []
    assert list(store.unfinished().ready) == ["i"]


def test_a_live_instance_is_not_replaced_an_ended_one_is(store: Store) -> None:
    """Instance ids are reused only after the end, with nothing left of before."""
    before = begin(store)
    with pytest.raises(InstanceExistsError):
        store.create(NewInstance("i", "orchestrator"), NOON)
    store.commit_turn(Outcome(before, Status.FAILED, None, NOON, output='"x"'))
    after = store.create(NewInstance("i", "orchestrator"), NOON)
    assert after.execution_id != before.execution_id
    assert store.history("i") == []
    assert after.output is None


def test_a_turn_is_committed_whole(store: Store) -> None:
    """History, work, timers and status become visible together, and survive."""
    store.create(NewInstance("i", "orchestrator"), NOON)
    outcome = first_outcome(store)
    outcome.activities = [ScheduleActivity(0, "act", "1"), ScheduleActivity(1, "act", None)]
    outcome.timers = [ScheduleTimer(2, NOON + timedelta(hours=1))]
    effects = store.commit_turn(outcome)
    assert [(one.task_id, one.input) for one in effects.activities] == [(0, "1"), (1, None)]
    assert effects.earliest_timer == NOON + timedelta(hours=1)
    assert store.load_turn("i", NOON) is None
    assert len(store.history("i")) == 1


def test_a_failed_commit_changes_nothing(store: Store) -> None:
    """If one part cannot be written, none is."""
    begin(store)
    outcome = Outcome(store.get("i") or pytest.fail(), Status.COMPLETED, None, NOON)
    outcome.history = [{"EventType": 0, "EventId": -1, "wrong": object()}]
    with pytest.raises(TypeError):
        store.commit_turn(outcome)
    found = store.get("i")
    assert found is not None
    assert found.status is Status.RUNNING


def test_work_is_kept_until_its_result_is(store: Store, reopen: Opener) -> None:
    """Unfinished activities are there after a restart; a result counts once."""
    store.create(NewInstance("i", "orchestrator"), NOON)
    outcome = first_outcome(store)
    outcome.activities = [ScheduleActivity(0, "act", "1")]
    work = store.commit_turn(outcome).activities[0]
    store = reopen()
    assert list(store.unfinished().activities) == [work]
    event = events.task_completed(NOON, 0, "2")
    assert store.complete_activity(work.work_id, event) == "i"
    assert store.complete_activity(work.work_id, event) is None
    store = reopen()
    assert list(store.unfinished().ready) == ["i"]
    turn = store.load_turn("i", NOON)
    assert turn is not None
    assert [one.event["Result"] for one in turn.messages] == ["2"]


def test_timers_fire_once_when_due(store: Store) -> None:
    """A timer becomes a message at its time; a cancelled one never does."""
    store.create(NewInstance("i", "orchestrator"), NOON)
    outcome = first_outcome(store)
    soon, late = NOON + timedelta(seconds=1), NOON + timedelta(seconds=2)
    outcome.timers = [ScheduleTimer(0, soon), ScheduleTimer(1, late), ScheduleTimer(2, soon)]
    outcome.cancelled_timers = [2]
    store.commit_turn(outcome)
    assert store.next_timer() == soon
    assert store.fire_timers(NOON) == []
    assert store.fire_timers(soon) == ["i"]
    assert store.next_timer() == late
    turn = store.load_turn("i", NOON)
    assert turn is not None
    assert [one.event["TimerId"] for one in turn.messages] == [0]


def test_a_child_tells_its_parent(store: Store) -> None:
    """A result reaches the parent's present execution and no later one."""
    parent = begin(store, "p")
    link = Parent("p", parent.execution_id, 3, "orchestrator")
    stale = replace(link, execution_id="another")
    for instance_id, where, told in (("a", link, ["p"]), ("b", stale, [])):
        child = begin(store, instance_id, where)
        outcome = Outcome(child, Status.COMPLETED, None, NOON)
        outcome.to_parent = events.sub_orchestration_completed(NOON, 3, "1")
        assert list(store.commit_turn(outcome).ready) == told


def test_a_child_whose_id_is_taken_fails(store: Store) -> None:
    """A sub-orchestration under the id of a live instance is refused to its parent."""
    parent = begin(store, "p")
    begin(store, "taken")
    outcome = Outcome(parent, Status.RUNNING, None, NOON)
    link = Parent("p", parent.execution_id, 0, "orchestrator")
    outcome.children = [NewInstance("taken", "orchestrator", parent=link)]
    assert list(store.commit_turn(outcome).ready) == ["p"]
    turn = store.load_turn("p", NOON)
    assert turn is not None
    assert "already exists" in turn.messages[0].event["Reason"]


def test_continue_as_new_keeps_what_waits(store: Store) -> None:
    """The next execution starts with the carried events and those that came meanwhile."""
    instance = begin(store)
    store.post("i", events.event_raised(NOON, "late", "1"))
    outcome = Outcome(instance, Status.RUNNING, None, NOON)
    carried = events.event_raised(NOON, "early", "1")
    outcome.continue_as = ContinueAs("next", '"n"', [carried])
    assert list(store.commit_turn(outcome).ready) == ["i"]
    turn = store.load_turn("i", NOON)
    assert turn is not None
    assert turn.history == []
    assert turn.instance.execution_id == "next"
    assert turn.instance.created_at == events.wire_time(NOON)
    assert {one.event.get("Name") for one in turn.messages} == {"orchestrator", "early", "late"}


def test_an_ended_instance_takes_no_messages(store: Store) -> None:
    """Nothing is sent to it, nothing of it is left to do, and it can be purged."""
    instance = begin(store)
    assert not store.purge("i")
    outcome = Outcome(instance, Status.COMPLETED, None, NOON, output="1")
    store.post("i", events.event_raised(NOON, "go", "1"))
    store.commit_turn(outcome)
    assert not store.post("i", events.event_raised(NOON, "go", "1"))
    assert list(store.unfinished().ready) == []
    assert store.purge("i")
    assert store.get("i") is None
    assert not store.post("i", events.event_raised(NOON, "go", "1"))


def test_a_suspended_instance_wakes_for_orders_only(store: Store) -> None:
    """Ordinary messages wait until an order comes."""
    instance = begin(store)
    store.commit_turn(Outcome(instance, Status.SUSPENDED, None, NOON))
    store.post("i", events.event_raised(NOON, "go", "1"))
    assert store.load_turn("i", NOON) is None
    store.post("i", events.execution_resumed(NOON, None))
    turn = store.load_turn("i", NOON)
    assert turn is not None
    assert len(turn.messages) == 2


def test_instances_are_found(store: Store) -> None:
    """By status, prefix, time of creation, page by page."""
    for number in range(5):
        moment = NOON + timedelta(hours=number)
        store.create(NewInstance(f"a{number}", "orchestrator"), moment)
    begin(store, "b%")

    def ids(query: InstanceQuery) -> list[str]:
        return [one.instance_id for one in store.query(query)]

    assert ids(InstanceQuery(prefix="a", top=2)) == ["a0", "a1"]
    assert ids(InstanceQuery(prefix="a", top=2, after="a1")) == ["a2", "a3"]
    assert ids(InstanceQuery(prefix="b%")) == ["b%"]
    assert ids(InstanceQuery(prefix="%")) == []
    assert ids(InstanceQuery(statuses=["Running"])) == ["b%"]
    late = NOON + timedelta(hours=3)
    assert ids(InstanceQuery(created_from=late)) == ["a3", "a4"]
    assert ids(InstanceQuery(created_to=NOON)) == ["a0", "b%"]
