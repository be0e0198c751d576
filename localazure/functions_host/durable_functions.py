"""The engine's door to the app: orchestrators and activities as the Python worker runs them."""

import json
import time
import uuid
from concurrent.futures import Future
from typing import Any

import azure.functions as func
from azure.functions.durable_functions import (
    ActivityTriggerConverter,
    OrchestrationTriggerConverter,
)
from azure.functions.meta import Datum

from localazure.durable.model import ActivityWork, Outcome, Status
from localazure.durable.ports import Catalog
from localazure.functions_host.app import HostedFunction
from localazure.functions_host.console import Console
from localazure.functions_host.invocation import Invoker
from localazure.functions_host.tracebacks import app_frames


class HostedDurableFunctions:
    """Implements `localazure.durable.ports.DurableFunctions` for an app."""

    def __init__(self, functions: list[HostedFunction], invoker: Invoker, console: Console) -> None:
        self._orchestrators = _by_name(functions, "orchestrationTrigger")
        self._activities = _by_name(functions, "activityTrigger")
        self._invoker = invoker
        self._console = console
        self.catalog = Catalog(_names(self._orchestrators), _names(self._activities))

    def run_orchestrator(self, name: str, context_json: str) -> str:
        """Run one turn of the SDK on the calling thread."""
        self.catalog.require_orchestrator(name)
        function = self._orchestrators[name.casefold()]
        datum = Datum(context_json, "string")
        context: func.OrchestrationContext = OrchestrationTriggerConverter.decode(
            datum, trigger_metadata=None
        )
        started = time.perf_counter()
        try:
            return str(function.call(**{str(function.trigger["name"]): context}))
        except BaseException as error:
            # The SDK wraps what the orchestrator raised into an exception for the host.
            cause = error.__cause__ or error
            seconds = time.perf_counter() - started
            self._console.invoked(function.name, uuid.uuid4().hex, seconds, cause)
            raise

    def start_activity(self, work: ActivityWork) -> "Future[str]":
        """Start an activity; what it is given and what it returns pass through JSON."""
        outcome: Future[str] = Future()
        try:
            self.catalog.require_activity(work.name)
            function = self._activities[work.name.casefold()]
            value = None
            if work.input is not None:
                datum = Datum(work.input, "json")
                value = ActivityTriggerConverter.decode(datum, trigger_metadata=None)
            running = self._invoker.invoke(function, value)
        except Exception as error:  # noqa: BLE001 - a bad input fails the activity, not the engine
            outcome.set_exception(error)
            return outcome
        running.add_done_callback(lambda done: _finish(outcome, done))
        return outcome

    def instance_ended(self, outcome: Outcome) -> None:
        """Write a line for an instance that ended."""
        detail = ""
        if outcome.status is not Status.COMPLETED:
            detail = str(json.loads(outcome.output or '""')).partition("\n")[0]
        instance = outcome.instance
        self._console.ended(instance.name, instance.instance_id, outcome.status, detail)


def _finish(outcome: "Future[str]", done: "Future[Any]") -> None:
    if done.cancelled():
        outcome.cancel()
        return
    failure = done.exception()
    if failure is not None:
        outcome.set_exception(failure.with_traceback(app_frames(failure)))
        return
    try:
        datum = ActivityTriggerConverter.encode(done.result(), expected_type=None)
        outcome.set_result(str(datum.value))
    except BaseException as error:  # noqa: BLE001 - handed to the engine
        outcome.set_exception(error)


def _by_name(functions: list[HostedFunction], trigger_type: str) -> dict[str, HostedFunction]:
    return {
        one.durable_name.casefold(): one
        for one in functions
        if one.served and one.trigger_type == trigger_type
    }


def _names(functions: dict[str, HostedFunction]) -> list[str]:
    return sorted(one.durable_name for one in functions.values())
