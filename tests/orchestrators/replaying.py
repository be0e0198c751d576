"""Plays the engine of Durable Functions for one orchestration, with a simulated clock.

The story runs in the real SDK: at every step the whole history is sent to it again, as Azure does,
and it answers with every action since the beginning. Actions that an earlier step saw must be the
same again; new ones are scheduled, and what the world answers becomes the next event. One event is
delivered per step, so that the SDK's numbering of retries is never ambiguous.
"""

from __future__ import annotations

import heapq
import json
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import azure.durable_functions as df
from azure.durable_functions.models.actions.ActionType import ActionType
from azure.durable_functions.models.history.HistoryEventType import HistoryEventType as Kind

Json = Any
Event = dict[str, Any]
Action = dict[str, Any]
World = Mapping[str, Callable[[Json], Json]]
"""What stands behind each name: a function from the input to the result, `Takes` or `Broken`."""

BEGAN = datetime(2026, 1, 2, 1, 30, tzinfo=UTC)
MOST_STEPS = 5_000
FAILURE_MARK = "\n\n$OutOfProcData$:"
COMPOUND = (ActionType.WHEN_ALL, ActionType.WHEN_ANY)
ACTIVITIES = (ActionType.CALL_ACTIVITY, ActionType.CALL_ACTIVITY_WITH_RETRY)


class Broken(Exception):  # noqa: N818 (what happened, in a test's words)
    """Raised by the world: the activity or sub-orchestration fails."""


@dataclass(frozen=True)
class Takes:
    """A result that takes longer than the second that is usual here."""

    seconds: float
    result: Json


@dataclass(frozen=True)
class Raised:
    """An event that somebody raises so many seconds after `BEGAN`."""

    after_s: float
    name: str
    data: Json


@dataclass
class Call:
    """Something that the story asked for: an activity, a sub-orchestration or a timer."""

    action: Action
    at: datetime
    attempts: int = 0

    @property
    def name(self) -> str:
        """The function's name; `timer` for a timer, `event` for a wait."""
        if self.action["actionType"] == ActionType.WAIT_FOR_EXTERNAL_EVENT:
            return "event"
        return str(self.action.get("functionName", "timer"))

    @property
    def input(self) -> Json:
        """What the function is given."""
        return json.loads(self.action["input"])

    @property
    def wait(self) -> timedelta:
        """How long a timer lasts."""
        return datetime.fromisoformat(self.action["fireAt"]) - self.at


@dataclass
class Life:
    """One execution: from its input to its end, or to the point where it continues as new."""

    story: str
    input: Json
    instance_id: str
    history: list[Event] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    open_after: list[tuple[Call, ...]] = field(default_factory=list)
    output: Json = None
    error: str | None = None
    continued_as: Json = None
    ended_at: datetime = BEGAN

    @property
    def statuses(self) -> list[Json]:
        """The custom status after every step."""
        return [told["customStatus"] for told in self.told]

    def called(self, name: str) -> list[Call]:
        """The calls of one function, in order; retries of a call are one call."""
        return [call for call in self.calls if call.name == name]

    def peak(self, name: str, weight: Callable[[Call], int] = lambda _: 1) -> int:
        """The largest weight of calls of one function that were open at once."""
        return max(sum(weight(c) for c in open_ if c.name == name) for open_ in self.open_after)


def play(
    story: Callable[..., Any],
    input: Json,
    world: World,
    *,
    instance_id: str = "an-instance",
    began: datetime = BEGAN,
    raised: Sequence[Raised] = (),
) -> list[Life]:
    """Runs an orchestration to its end, through all its lives. Answers the lives, in order.

    Events that are raised after the end of a life reach the next one.
    """
    lives: list[Life] = []
    while input is not None:
        life = Life(story.__name__, input, instance_id)
        _Engine(story, world, life, began, raised).run()
        lives.append(life)
        input, began = life.continued_as, life.ended_at
        raised = [one for one in raised if BEGAN + timedelta(seconds=one.after_s) > began]
    return lives


def ask(story: Callable[..., Any], life: Life, history: list[Event]) -> dict[str, Any]:
    """The SDK's answer to a history: isDone, output, error, customStatus, and flat actions."""
    newest = max(n for n, e in enumerate(history) if e["EventType"] == Kind.ORCHESTRATOR_STARTED)
    body = {
        "history": [{**event, "IsPlayed": n < newest} for n, event in enumerate(history)],
        "input": json.dumps(life.input),
        "instanceId": life.instance_id,
        "isReplaying": newest > 0,
        "parentInstanceId": None,
        "upperSchemaVersion": 1,
        "upperSchemaVersionNew": 3,
    }
    try:
        with warnings.catch_warnings():
            # The SDK drops the expected type of calls with retry, then warns that there is none.
            warnings.filterwarnings("ignore", message="azure.functions df_loads")
            state = json.loads(df.Orchestrator.create(story)(json.dumps(body)))
    except Exception as error:
        _, mark, told = str(error).partition(FAILURE_MARK)
        if not mark:
            raise
        state = json.loads(told)
    return {
        "isDone": state["isDone"],
        "output": state.get("output"),
        "error": state.get("error"),
        "customStatus": state.get("customStatus"),
        "actions": [action for group in state["actions"] for action in _flat(group)],
    }


class _Engine:
    """Delivers one event after the other until the story ends."""

    def __init__(
        self,
        story: Callable[..., Any],
        world: World,
        life: Life,
        began: datetime,
        raised: Sequence[Raised],
    ) -> None:
        self.story, self.world, self.life, self.clock = story, world, life, began
        self.next_id = 0
        self.open: dict[int, Call] = {}
        self.retry_timers: set[int] = set()
        self.order = count()
        self.coming: list[tuple[datetime, int, Event]] = []
        self._deliver_at(
            began,
            Kind.EXECUTION_STARTED,
            Name=life.story,
            Version="",
            Input=json.dumps(life.input),
        )
        for one in raised:
            at = max(began, BEGAN + timedelta(seconds=one.after_s))
            # The SDK's client encodes the data twice, as it does with inputs.
            told = json.dumps(json.dumps(one.data))
            self._deliver_at(at, Kind.EVENT_RAISED, Name=one.name, Input=told)

    def run(self) -> None:
        for _ in range(MOST_STEPS):
            assert self.coming, f"{self.life.story} waits for something that never comes"
            self.clock, _, event = heapq.heappop(self.coming)
            if self._step(event):
                self.life.ended_at = self.clock
                return
        raise AssertionError(f"{self.life.story} goes on and on")

    def _step(self, event: Event) -> bool:
        """Delivers an event. Answers whether the story has ended."""
        life = self.life
        known = [call.action for call in life.calls]
        self._note(Kind.ORCHESTRATOR_STARTED)
        life.history.append(event)
        told = ask(self.story, life, life.history)
        again = told["actions"][: len(known)]
        assert [*map(asked, again)] == [*map(asked, known)], "a replay asked for something else"
        new = told.pop("actions")[len(known) :]
        life.told.append({"events": len(life.history), "new_actions": new, **told})
        self._move_retry_on(event)
        for action in new:
            self._begin(action)
        self._note(Kind.ORCHESTRATOR_COMPLETED)
        life.open_after.append(tuple(self.open.values()))
        life.output, life.error = told["output"], told["error"]
        return bool(told["isDone"]) or told["error"] is not None

    def _begin(self, action: Action) -> None:
        if action["actionType"] == ActionType.CONTINUE_AS_NEW:
            self.life.continued_as = json.loads(action["input"])
            return
        call = Call(action, self.clock)
        self.life.calls.append(call)
        if call.name != "event":
            self._schedule(call)

    def _schedule(self, call: Call) -> None:
        number, self.next_id = self.next_id, self.next_id + 1
        self.open[number] = call
        call.attempts += 1
        kind = call.action["actionType"]
        if kind == ActionType.CREATE_TIMER:
            self._set_timer(number, datetime.fromisoformat(call.action["fireAt"]))
        elif kind in ACTIVITIES:
            self._note(Kind.TASK_SCHEDULED, number, Name=call.name)
            self._work(number, call, Kind.TASK_COMPLETED, Kind.TASK_FAILED)
        else:
            instance_id = call.action["instanceId"]
            created = Kind.SUB_ORCHESTRATION_INSTANCE_CREATED
            self._note(created, number, Name=call.name, InstanceId=instance_id)
            completed = Kind.SUB_ORCHESTRATION_INSTANCE_COMPLETED
            self._work(number, call, completed, Kind.SUB_ORCHESTRATION_INSTANCE_FAILED)

    def _work(self, number: int, call: Call, completed: Kind, failed: Kind) -> None:
        assert call.name in self.world, f"nothing stands behind {call.name!r} in this test"
        try:
            result = self.world[call.name](call.input)
        except Broken as error:
            done = self.clock + timedelta(seconds=1)
            self._deliver_at(
                done, failed, TaskScheduledId=number, Reason=str(error), Details="a traceback"
            )
            return
        took = result if isinstance(result, Takes) else Takes(1, result)
        done = self.clock + timedelta(seconds=took.seconds)
        self._deliver_at(done, completed, TaskScheduledId=number, Result=json.dumps(took.result))

    def _set_timer(self, number: int, fire_at: datetime) -> None:
        at = max(fire_at, self.clock)
        self._note(Kind.TIMER_CREATED, number, FireAt=_wire(at))
        self._deliver_at(at, Kind.TIMER_FIRED, TimerId=number, FireAt=_wire(at))

    def _move_retry_on(self, event: Event) -> None:
        """A failure is followed by a timer, also the last one; the timer by the next attempt."""
        number = event.get("TimerId", event.get("TaskScheduledId"))
        if number is None:
            return
        call = self.open.pop(number)
        options = call.action.get("retryOptions")
        if number in self.retry_timers:
            if call.attempts < options["maxNumberOfAttempts"]:
                self._schedule(call)
        elif event["EventType"] == Kind.TASK_FAILED and options:
            timer, self.next_id = self.next_id, self.next_id + 1
            self.open[timer] = call
            self.retry_timers.add(timer)
            pause = timedelta(milliseconds=options["firstRetryIntervalInMilliseconds"])
            self._set_timer(timer, self.clock + pause)

    def _note(self, kind: Kind, number: int = -1, **more: Any) -> None:
        self.life.history.append(self._event(kind, self.clock, number, **more))

    def _deliver_at(self, at: datetime, kind: Kind, **more: Any) -> None:
        event = self._event(kind, at, -1, **more)
        heapq.heappush(self.coming, (at, next(self.order), event))

    @staticmethod
    def _event(kind: Kind, at: datetime, number: int, **more: Any) -> Event:
        return {"EventType": int(kind), "EventId": number, "Timestamp": _wire(at), **more}


def _flat(group: list[Action]) -> Iterator[Action]:
    for action in group:
        if action["actionType"] in COMPOUND:
            yield from _flat(action["compoundActions"])
        else:
            yield action


def asked(action: Action) -> Action:
    """The action without the mark that a timer gets when it is cancelled later."""
    return {name: value for name, value in action.items() if name != "isCanceled"}


def _wire(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
