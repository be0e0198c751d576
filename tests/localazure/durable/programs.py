"""Random orchestrations: what they may consist of, how the SDK runs them, what must come out.

A program is a tree, in JSON. A sequence of programs is one orchestration, which tells a list of
results. The plain model, `expected`, knows nothing of histories, ids or the order of deliveries.
"""

from collections.abc import Generator
from datetime import timedelta
from typing import Any

import azure.durable_functions as df
from hypothesis import strategies as st

MAX_ATTEMPTS = 3
RETRY = df.RetryOptions(first_retry_interval_in_milliseconds=1, max_number_of_attempts=MAX_ATTEMPTS)

Program = Any

# ["retried", n]: an activity that fails n times; ["plain", n]: the same without retries;
# ["timer", ms]; ["event"]: waits for an event of its own name; ["child", [programs], named].
SURE = st.one_of(
    st.tuples(st.just("retried"), st.integers(0, MAX_ATTEMPTS - 1)),
    st.tuples(st.just("plain"), st.just(0)),
    st.tuples(st.just("timer"), st.integers(0, 50)),
    st.tuples(st.just("event")),
)
LEAF = SURE | st.tuples(st.just("retried"), st.just(MAX_ATTEMPTS)) | st.just(("plain", 1))


def group(kind: str, inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return programs that run several programs at once: ["all" | "any", [programs]]."""
    return st.tuples(st.just(kind), st.lists(inner, min_size=1, max_size=4))


def child(steps: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return programs that run a sequence as a sub-orchestration, with or without an id."""
    return st.tuples(st.just("child"), st.lists(steps, min_size=1, max_size=3), st.booleans())


# Inside a group of a group everything succeeds in the end: the SDK itself raises when the rest of
# a nested `task_all` comes back after one of its tasks has failed. A sequence never fails.
NESTED = st.recursive(SURE, lambda inner: group("all", inner) | group("any", SURE), max_leaves=6)
FLAT = LEAF | group("any", LEAF) | group("all", LEAF | NESTED)
# ["anew"]: the rest of the sequence is left to a new execution.
STEP = FLAT | child(FLAT | st.just(("anew",))) | st.just(("anew",))
STEP |= group("all", SURE | child(FLAT))
SEQUENCE = st.lists(STEP, min_size=1, max_size=5)


def orchestrator(context: df.DurableOrchestrationContext) -> Generator[Any, Any, Any]:
    """Run a sequence: the input has its `programs`, its `path`, and what was `told` before."""
    given = context.get_input()
    programs, path, told = given["programs"], given["path"], given["told"]
    for number in range(len(told), len(programs)):
        if programs[number][0] == "anew":
            context.continue_as_new({**given, "told": [*told, "anew"]})
            return None
        try:
            result = yield _task(context, programs[number], f"{path}.{number}")
            told = [*told, _shape(result)]
        except Exception:  # noqa: BLE001 - the SDK raises nothing narrower
            told = [*told, "failed"]
    return told


def expected(program: Program, path: str) -> Any:
    """Say what a program gives, or that it fails."""
    kind = program[0]
    if kind in ("retried", "plain"):
        return path if program[1] < (MAX_ATTEMPTS if kind == "retried" else 1) else "failed"
    if kind == "child":
        return expected_of_all(program[1], path)
    if kind == "any":
        return "any"
    if kind == "all":
        results = [expected(part, f"{path}.{n}") for n, part in enumerate(program[1])]
        return "failed" if "failed" in results else results
    return {"timer": None, "event": path, "anew": "anew"}[kind]


def expected_of_all(programs: list[Program], path: str) -> list[Any]:
    """Say what a sequence tells."""
    return [expected(program, f"{path}.{n}") for n, program in enumerate(programs)]


def events_of(programs: list[Program], instance_id: str, path: str) -> list[tuple[str, str]]:
    """List what will be waited for: instance and name of the event."""
    found: list[tuple[str, str]] = []
    for number, program in enumerate(programs):
        place = f"{path}.{number}"
        if program[0] == "event":
            found.append((instance_id, place))
        elif program[0] in ("all", "any"):
            found += events_of(program[1], instance_id, place)
        elif program[0] == "child":
            found += events_of(program[1], _child_id(program, place) or "", place)
    return found


def _task(context: Any, program: Program, path: str) -> Any:
    kind = program[0]
    if kind == "retried":
        return context.call_activity_with_retry("act", RETRY, [path, program[1]])
    if kind == "plain":
        return context.call_activity("act", [path, program[1]])
    if kind == "timer":
        moment = context.current_utc_datetime + timedelta(milliseconds=program[1])
        return context.create_timer(moment)
    if kind == "event":
        return context.wait_for_external_event(path)
    if kind == "child":
        given = {"programs": program[1], "path": path, "told": []}
        return context.call_sub_orchestrator("orchestrator", given, _child_id(program, path))
    tasks = [_task(context, part, f"{path}.{n}") for n, part in enumerate(program[1])]
    return context.task_all(tasks) if kind == "all" else context.task_any(tasks)


def _child_id(program: Program, path: str) -> str | None:
    """A child that waits for events has an id, so that they can be sent to it."""
    named = program[2] or events_of(program[1], "", path)
    return f"child-{path}" if named else None


def _shape(result: Any) -> Any:
    """Forget which task won a race: that depends on the order of delivery."""
    if isinstance(result, list):
        return [_shape(one) for one in result]
    return "any" if hasattr(result, "is_completed") else result
