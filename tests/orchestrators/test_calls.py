"""Waiting for several tasks at once, replayed by the SDK in the numbers that Azure gives."""

import warnings
from collections.abc import Generator, Iterator
from typing import Any

import azure.durable_functions as df
import pytest

from localazure.durable.model import Outcome, Status
from orchestrators.calls import all_of
from tests.localazure.durable.bench import Bench

TWICE = df.RetryOptions(first_retry_interval_in_milliseconds=5, max_number_of_attempts=2)


@pytest.fixture(autouse=True)
def _sdk_advice() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def waits_then_reports(context: df.DurableOrchestrationContext) -> Generator[Any, Any, Any]:
    """Two tasks with retries; what is done on failure must not overtake them."""
    tasks = [context.call_activity_with_retry(name, TWICE, name) for name in ("act", "other")]
    try:
        results = yield from all_of(context, tasks)
    except Exception as error:  # noqa: BLE001 - the SDK raises nothing narrower
        yield context.call_activity("act", "report")
        return str(error).splitlines()[0].strip()
    return results


def scheduled(outcome: Outcome) -> list[int]:
    """Return the numbers of what a turn scheduled."""
    return [one.task_id for one in (*outcome.activities, *outcome.timers)]


def test_nothing_is_scheduled_before_all_have_come_back() -> None:
    """The retries of the other task get their numbers before the report does."""
    bench = Bench(waits_then_reports)
    assert scheduled(bench.turn()) == [0, 1]
    for step, number in ((bench.failed(0), 2), (bench.fired(2), 3), (bench.failed(3), 4)):
        assert scheduled(bench.turn(step)) == [number]
    assert scheduled(bench.turn(bench.fired(4))) == []
    assert scheduled(bench.turn(bench.failed(1))) == [5]
    assert scheduled(bench.turn(bench.fired(5))) == [6]
    report = bench.turn(bench.completed(6))
    assert [(one.task_id, one.input) for one in report.activities] == [(7, '"report"')]
    done = bench.turn(bench.completed(7))
    assert (done.status, done.output) == (Status.COMPLETED, '"reason"')


def test_results_come_in_order() -> None:
    """As from `task_all`."""
    bench = Bench(waits_then_reports)
    bench.turn()
    assert bench.turn(bench.completed(1, '"b"'), bench.completed(0, '"a"')).output == '["a", "b"]'
