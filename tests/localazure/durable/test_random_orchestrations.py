"""Random orchestrations, delivered in random order and batches, give what a plain model gives."""

import json
import random
import warnings
from collections.abc import Generator, Iterator
from typing import Any

import azure.durable_functions as df
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from localazure.durable.model import Outcome, Status
from tests.localazure.durable.bench import Bench

MAX_ATTEMPTS = 3
RETRY = df.RetryOptions(first_retry_interval_in_milliseconds=1, max_number_of_attempts=MAX_ATTEMPTS)

# A program is a tree: a number of failures before an activity succeeds, or a group of programs.
# Inside a group of a group everything succeeds in the end: the SDK itself raises when the rest of
# a nested `task_all` comes back after one of its tasks has failed.
LEAF = st.integers(min_value=0, max_value=MAX_ATTEMPTS)
SURE = st.integers(min_value=0, max_value=MAX_ATTEMPTS - 1)


def group(kind: str, inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return programs that run several programs at once."""
    return st.tuples(st.just(kind), st.lists(inner, min_size=1, max_size=4))


NESTED = st.recursive(SURE, lambda inner: group("all", inner) | group("any", SURE), max_leaves=6)
PROGRAM = LEAF | group("any", LEAF) | group("all", LEAF | NESTED)
SEQUENCE = st.lists(PROGRAM, min_size=1, max_size=4)


@pytest.fixture(autouse=True)
def _sdk_advice() -> Iterator[None]:
    """The SDK gives advice as warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def task(context: Any, program: Any, path: str) -> Any:
    """Turn a program into a task of the SDK."""
    if isinstance(program, int):
        return context.call_activity_with_retry("act", RETRY, [path, program])
    kind, parts = program
    tasks = [task(context, part, f"{path}.{n}") for n, part in enumerate(parts)]
    return context.task_all(tasks) if kind == "all" else context.task_any(tasks)


def expected(program: Any, path: str) -> Any:
    """Say what a program gives, or that it fails."""
    if isinstance(program, int):
        return path if program < MAX_ATTEMPTS else "failed"
    kind, parts = program
    results = [expected(part, f"{path}.{n}") for n, part in enumerate(parts)]
    if kind == "any":
        return "any"
    return "failed" if "failed" in results else results


# Without shrinking: an example of this size is short enough to read.
@settings(max_examples=40, deadline=None, database=None, phases=[Phase.generate])
@given(programs=SEQUENCE, seed=st.integers(0, 2**16))
def test_random_orchestrations_match_the_model(programs: list[Any], seed: int) -> None:
    """Whatever the order and the batches of results, redelivered ones included."""

    def orchestrator(context: df.DurableOrchestrationContext) -> Generator[Any, Any, Any]:
        told = []
        for number, program in enumerate(programs):
            try:
                result = yield task(context, program, str(number))
                told.append(shape(result))
            except Exception:  # noqa: BLE001 - the SDK raises nothing narrower
                told.append("failed")
        return told

    outcome = drive(Bench(orchestrator), random.Random(seed))  # noqa: S311
    assert outcome.status is Status.COMPLETED, outcome.output
    told = json.loads(outcome.output or "")
    assert told == [expected(program, str(number)) for number, program in enumerate(programs)]


def shape(result: Any) -> Any:
    """Forget which task won a race: that depends on the order of delivery."""
    if isinstance(result, list):
        return [shape(one) for one in result]
    return "any" if hasattr(result, "is_completed") else result


def drive(bench: Bench, dice: random.Random) -> Outcome:
    """Play the activities and the clock until the instance ends."""
    runs: dict[str, int] = {}
    coming: list[Any] = []
    outcome = bench.turn()
    while not outcome.status.ended:
        for work in outcome.activities:
            path, failures = json.loads(work.input or "")
            runs[path] = runs.get(path, 0) + 1
            failed = runs[path] <= failures
            result = json.dumps(path)
            coming.append(
                bench.failed(work.task_id) if failed else bench.completed(work.task_id, result)
            )
        coming.extend(bench.fired(timer.task_id) for timer in outcome.timers)
        dice.shuffle(coming)
        batch = dice.randint(1, len(coming))
        arrived, coming = coming[:batch], coming[batch:]
        again = [dict(event) for event in arrived if dice.random() < 0.1]
        outcome = bench.turn(*arrived, *again)
    return outcome
