"""Decides one orchestrator turn: (history, new events) -> what changes. It keeps nothing.

1. Control messages first: a termination ends the instance, a suspension leaves the rest waiting.
2. The other messages become history. Steps of retries go last: they number tasks, and the SDK
   numbers in the order of the history, so the numbers of this turn's new tasks come first.
3. The SDK replays the history and answers with every action since the start; those that the
   history already knows must match it, the others are scheduled.
4. An execution ends when the orchestrator has returned and no task is open, as in Azure: there a
   timer that was not cancelled keeps an instance Running.
"""

from collections.abc import Callable

from localazure.durable import events
from localazure.durable.actions import Answer, read_answer, read_failure
from localazure.durable.draft import Draft
from localazure.durable.errors import DurableError
from localazure.durable.events import AGAIN, CONTROL_TYPES, EventType
from localazure.durable.model import Message, Outcome, Status, Turn
from localazure.durable.ports import Catalog
from localazure.durable.wire import orchestrator_context

Orchestrate = Callable[[str, str], str]


def execute_turn(turn: Turn, orchestrate: Orchestrate, catalog: Catalog) -> Outcome:
    """Run one turn; `orchestrate(name, context_json)` is the only outside call it makes."""
    draft = Draft(turn, catalog)
    control = [one for one in turn.messages if one.event["EventType"] in CONTROL_TYPES]
    if _obey(draft, control):
        return draft.outcome
    others = [one for one in turn.messages if one.event["EventType"] not in CONTROL_TYPES]
    _receive(draft, others)
    context = orchestrator_context(turn.instance, turn.history, draft.outcome.history)
    try:
        answer = _ask(draft, orchestrate, context)
        draft.schedule(answer)
    except DurableError as error:
        draft.fail(str(error))
        return draft.outcome
    draft.conclude(answer)
    return draft.outcome


def _obey(draft: Draft, control: list[Message]) -> bool:
    """Act on control messages; say whether the turn is over."""
    suspended = draft.turn.instance.status is Status.SUSPENDED
    for message in control:
        draft.outcome.consumed.append(message.message_id)
        kind = EventType(message.event["EventType"])
        if kind is EventType.EXECUTION_TERMINATED:
            draft.terminate(message.event)
            return True
        suspended = kind is EventType.EXECUTION_SUSPENDED
        draft.control.append(message.event)
    if suspended:
        draft.park()
    return suspended


def _receive(draft: Draft, messages: list[Message]) -> None:
    draft.outcome.consumed.extend(one.message_id for one in messages)
    incoming = [one.event for one in messages]
    # The SDK reads the second event of a history as its beginning.
    incoming.sort(key=lambda event: event["EventType"] != EventType.EXECUTION_STARTED)
    draft.record(events.orchestrator_started(draft.turn.now))
    steps = []
    for event in incoming:
        draft.again.extend(event.get(AGAIN, ()))
        if not draft.progress.awaits(event):
            continue
        if draft.progress.is_retry_step(event):
            steps.append(event)
        else:
            draft.record(event)
            if event["EventType"] == EventType.EXECUTION_STARTED:
                draft.record_control()
    draft.record_control()
    for event in steps:
        if draft.progress.awaits(event):
            draft.record_retry_step(event)


def _ask(draft: Draft, orchestrate: Orchestrate, context: str) -> Answer:
    try:
        return read_answer(orchestrate(draft.turn.instance.name, context))
    except DurableError:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever the app raises fails the instance
        answer = read_failure(str(error))
        return answer or Answer(done=False, error=f"{type(error).__name__}: {error}", lost=True)
