"""Turns of the executor with the real SDK: what it sends, what it schedules, when it ends."""

import json
from collections.abc import Generator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import azure.durable_functions as df
import pytest

from localazure.durable import events
from localazure.durable.model import Parent, Status
from tests.localazure.durable.bench import NOON, Bench, kinds

THREE_TIMES = df.RetryOptions(first_retry_interval_in_milliseconds=500, max_number_of_attempts=3)
Story = Generator[Any, Any, Any]


def one_by_one(context: df.DurableOrchestrationContext) -> Story:
    """Call two activities in a row."""
    first = yield context.call_activity("act", {"n": 1})
    second = yield context.call_activity("other", first)
    return [first, second]


def test_the_context_is_the_extensions() -> None:
    """The SDK is sent the fields, the event order and the versions of the real extension."""
    bench = Bench(one_by_one, given=json.dumps({"a": 1}))
    bench.turn()
    context = json.loads(bench.contexts[0])
    assert context["input"] == {"a": 1}
    assert context["instanceId"] == "i"
    assert context["isReplaying"] is False
    assert context["parentInstanceId"] is None
    assert (context["upperSchemaVersion"], context["upperSchemaVersionNew"]) == (1, 3)
    assert kinds(context["history"]) == ["ORCHESTRATOR_STARTED", "EXECUTION_STARTED"]
    started = context["history"][1]
    assert (started["Version"], started["EventId"], started["Name"]) == ("", -1, "orchestrator")
    assert not started["IsPlayed"]


def test_a_turn_is_one_episode_of_history() -> None:
    """Scheduling follows what caused it; the next turn sees it as played."""
    bench = Bench(one_by_one)
    outcome = bench.turn()
    episode = ["ORCHESTRATOR_STARTED", "EXECUTION_STARTED", "TASK_SCHEDULED"]
    assert kinds(outcome.history) == [*episode, "ORCHESTRATOR_COMPLETED"]
    assert [(one.task_id, one.name) for one in outcome.activities] == [(0, "act")]
    assert json.loads(outcome.activities[0].input or "") == {"n": 1}
    bench.turn(bench.completed(0, "5"))
    context = json.loads(bench.contexts[1])
    assert [one["IsPlayed"] for one in context["history"]] == [True] * 4 + [False] * 2
    done = bench.turn(bench.completed(1, "6"))
    assert (done.status, done.output) == (Status.COMPLETED, "[5, 6]")


def test_events_that_arrived_together_share_a_turn() -> None:
    """A batch of results costs one replay."""

    def fan_out(context: df.DurableOrchestrationContext) -> Story:
        results = yield context.task_all([context.call_activity("act", n) for n in range(50)])
        return sum(results)

    bench = Bench(fan_out)
    bench.turn()
    outcome = bench.turn(*(bench.completed(n, str(n)) for n in range(50)))
    assert outcome.output == str(sum(range(50)))
    assert len(bench.contexts) == 2


def test_a_result_that_comes_twice_counts_once() -> None:
    """A redelivered completion is dropped before it reaches the history."""
    bench = Bench(one_by_one)
    bench.turn()
    outcome = bench.turn(bench.completed(0, "5"), bench.completed(0, "9"))
    assert kinds(outcome.history).count("TASK_COMPLETED") == 1
    assert bench.turn(bench.completed(0, "9"), bench.completed(1, "6")).output == "[5, 6]"


def retry_beside_chain(context: df.DurableOrchestrationContext) -> Story:
    """Retry one task while another chain goes on."""
    retried = context.call_activity_with_retry("act", THREE_TIMES, "r")
    yield context.task_any([retried, context.call_activity("other", 1)])
    second = yield context.call_activity("other", 2)
    last = yield retried
    return [second, last]


@pytest.mark.parametrize("failure_first", [True, False])
def test_retries_number_their_tasks_as_the_sdk_does(failure_first: bool) -> None:
    """A failure and a completion in one turn give the same ids here and in the SDK."""
    bench = Bench(retry_beside_chain)
    bench.turn()
    arrived = [bench.failed(0), bench.completed(1)]
    outcome = bench.turn(*(arrived if failure_first else reversed(arrived)))
    assert [one.task_id for one in outcome.activities] == [2]
    assert [one.task_id for one in outcome.timers] == [3]
    assert outcome.timers[0].fire_at == bench.now + timedelta(milliseconds=500)
    again = bench.turn(bench.fired(3))
    assert [(one.task_id, one.input) for one in again.activities] == [(4, '"r"')]
    done = bench.turn(bench.completed(2, '"two"'), bench.completed(4, '"four"'))
    assert json.loads(done.output or "") == ["two", "four"]


def test_the_last_failure_waits_for_one_more_timer() -> None:
    """As in the framework, a timer follows the last attempt before the failure is seen."""

    def hopeless(context: df.DurableOrchestrationContext) -> Story:
        yield context.call_activity_with_retry("act", THREE_TIMES)

    bench = Bench(hopeless)
    bench.turn()
    for attempt in range(3):
        outcome = bench.turn(bench.failed(2 * attempt))
        assert (outcome.status, len(outcome.timers)) == (Status.RUNNING, 1)
        outcome = bench.turn(bench.fired(2 * attempt + 1))
        assert len(outcome.activities) == (1 if attempt < 2 else 0)
    assert outcome.status is Status.FAILED
    assert "reason" in json.loads(outcome.output or "")


def test_a_cancelled_timer_is_taken_back() -> None:
    """Cancelling removes the timer; the instance can end without it."""

    def race(context: df.DurableOrchestrationContext) -> Story:
        timer = context.create_timer(context.current_utc_datetime + timedelta(days=1))
        yield context.task_any([timer, context.wait_for_external_event("go")])
        timer.cancel()
        return "went"

    bench = Bench(race)
    assert bench.turn().timers[0].fire_at == NOON + timedelta(days=1, seconds=1)
    done = bench.turn(bench.raised("go"))
    assert (done.status, done.cancelled_timers) == (Status.COMPLETED, [0])


def test_open_tasks_keep_an_instance_running() -> None:
    """An orchestrator that returned, or failed, ends when its last open task has come back."""

    def careless(context: df.DurableOrchestrationContext) -> Story:
        yield context.task_all([context.call_activity("act", n) for n in range(2)])

    bench = Bench(careless)
    bench.turn()
    assert bench.turn(bench.failed(0)).status is Status.RUNNING
    assert bench.turn(bench.completed(1)).status is Status.FAILED


def test_changed_code_is_noticed() -> None:
    """A history that asks for something else than the code fails, naming both."""
    bench = Bench(one_by_one)
    bench.turn()

    def changed(context: df.DurableOrchestrationContext) -> Story:
        yield context.call_activity("other", 1)

    bench.handle = df.Orchestrator.create(changed)
    outcome = bench.turn(bench.completed(0))
    assert outcome.status is Status.FAILED
    text = json.loads(outcome.output or "")
    assert "Non-Deterministic workflow detected" in text
    assert "expects TASK_SCHEDULED act (#0)" in text
    assert "asks for TASK_SCHEDULED other" in text


def test_a_termination_needs_no_orchestrator() -> None:
    """A terminated instance ends with the reason, told to its parent as a failure."""
    parent = Parent("p", "pe", 7, "parent")
    bench = Bench(one_by_one, parent=parent)
    bench.turn()
    outcome = bench.turn(bench.completed(0), events.execution_terminated(bench.now, "enough"))
    assert (outcome.status, outcome.output) == (Status.TERMINATED, '"enough"')
    assert len(bench.contexts) == 1
    assert outcome.to_parent is not None
    assert (outcome.to_parent["TaskScheduledId"], outcome.to_parent["Reason"]) == (7, "enough")


def test_a_suspension_keeps_messages_waiting() -> None:
    """Between suspension and resumption nothing is consumed; then all of it is, in one turn."""
    bench = Bench(one_by_one)
    bench.turn()
    assert bench.turn(events.execution_suspended(bench.now, "w")).status is Status.SUSPENDED
    parked = bench.turn(bench.completed(0), events.execution_suspended(bench.now, "again"))
    assert (parked.status, len(bench.waiting)) == (Status.SUSPENDED, 1)
    resumed = bench.turn(events.execution_resumed(bench.now, "go"))
    assert (resumed.status, len(resumed.activities)) == (Status.RUNNING, 1)


def test_a_suspension_before_the_first_turn_holds() -> None:
    """An instance may be suspended before it has begun."""
    bench = Bench(one_by_one)
    assert bench.turn(events.execution_suspended(bench.now, "w")).status is Status.SUSPENDED
    assert bench.contexts == []
    outcome = bench.turn(events.execution_resumed(bench.now, "go"))
    assert len(outcome.activities) == 1
    assert kinds(bench.history)[:2] == ["ORCHESTRATOR_STARTED", "EXECUTION_STARTED"]


def test_continue_as_new_takes_untaken_events_along() -> None:
    """The next execution gets the new input, and the events for which no wait was made."""

    def taker(context: df.DurableOrchestrationContext) -> Story:
        yield context.wait_for_external_event("a")
        context.continue_as_new({"next": True})

    bench = Bench(taker)
    arrived = [bench.raised("b", "1"), bench.raised("a", "2"), bench.raised("a", "3")]
    outcome = bench.turn(*arrived)
    following = outcome.continue_as
    assert following is not None
    assert json.loads(json.loads(following.input)) == {"next": True}
    assert [(one["Name"], one["Input"]) for one in following.carried] == [("b", "1"), ("a", "3")]
    assert following.execution_id != "e"


def test_a_repeated_turn_decides_the_same() -> None:
    """A turn that is made again after a crash gives the same ids and the same next execution."""

    def continuing(context: df.DurableOrchestrationContext) -> Story:
        yield context.call_activity("act", 1)
        context.continue_as_new(None)

    outcomes = []
    for _ in range(2):
        bench = Bench(continuing)
        bench.turn()
        outcomes.append(bench.turn(bench.completed(0)))
    assert outcomes[0].continue_as == outcomes[1].continue_as
    assert outcomes[0].history == outcomes[1].history


def test_children_get_ids_and_doubly_encoded_input() -> None:
    """A child without an id is named after the execution and the task."""

    def parent(context: df.DurableOrchestrationContext) -> Story:
        yield context.task_all(
            [
                context.call_sub_orchestrator("child", {"n": 1}),
                context.call_sub_orchestrator("child", None, "mine"),
            ]
        )

    children = Bench(parent).turn().children
    assert [one.instance_id for one in children] == ["e:0", "mine"]
    assert json.loads(json.loads(children[0].input or "")) == {"n": 1}
    assert children[0].parent == Parent("i", "e", 0, "orchestrator")


def test_a_custom_status_stays_until_the_next() -> None:
    """A turn that sets none keeps the one before."""

    def telling(context: df.DurableOrchestrationContext) -> Story:
        context.set_custom_status({"at": 1})
        yield context.call_activity("act", 1)
        yield context.call_activity("act", 2)

    bench = Bench(telling)
    assert bench.turn().custom_status == '{"at": 1}'
    assert bench.turn(bench.completed(0)).custom_status == '{"at": 1}'


def test_a_custom_status_is_cleared_when_none_is_set() -> None:
    """The SDK says it in every turn; a new execution begins with the status of the one before."""

    def telling(context: df.DurableOrchestrationContext) -> Story:
        context.set_custom_status("busy")
        yield context.call_activity("act", 1)
        context.set_custom_status(None)
        yield context.call_activity("act", 2)

    def silent(context: df.DurableOrchestrationContext) -> Story:
        yield context.call_activity("act", 1)

    bench = Bench(telling)
    assert bench.turn().custom_status == '"busy"'
    assert bench.turn(bench.completed(0)).custom_status is None
    following = Bench(silent)
    following.instance = replace(following.instance, custom_status='"before"')
    assert following.turn().custom_status == '"before"'
    assert following.turn(following.completed(0)).custom_status is None


def test_several_waits_for_one_event_take_one_each() -> None:
    """The SDK gives an event to the wait that was made last, as in Azure; none is lost."""

    def waiting(context: df.DurableOrchestrationContext) -> Story:
        both = [context.wait_for_external_event("go") for _ in range(2)]
        results = yield context.task_all(both)
        third = yield context.wait_for_external_event("go")
        return [*results, third]

    bench = Bench(waiting)
    bench.turn()
    assert bench.turn(bench.raised("go", "1")).status is Status.RUNNING
    assert bench.turn(bench.raised("go", "2")).status is Status.RUNNING
    output = json.loads(bench.turn(bench.raised("go", "3")).output or "")
    assert (sorted(output), output[2]) == ([1, 2, 3], 3)
