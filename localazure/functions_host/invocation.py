"""One invocation of one function: its arguments, its context, its line on the console."""

import inspect
import threading
import time
import uuid
from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import azure.functions as func

from localazure.functions_host.app import HostedFunction
from localazure.functions_host.console import Console
from localazure.functions_host.durable_client import ClientBinding
from localazure.functions_host.retries import RetryContext
from localazure.functions_host.worker import Worker

FIRST_ATTEMPT = RetryContext()
# Holds the id of the invocation that a thread is busy with, as `invocation_id`.
BUSY_WITH = threading.local()


class InvocationContext(func.Context):
    """What a function gets when it has a parameter named `context`."""

    def __init__(self, invocation_id: str, name: str, directory: Path, retry: RetryContext) -> None:
        self._invocation_id = invocation_id
        self._name = name
        self._directory = str(directory)
        self._retry = retry

    @property
    def invocation_id(self) -> str:
        """The id that the console shows."""
        return self._invocation_id

    @property
    def thread_local_storage(self) -> Any:
        """Where a function that starts threads notes the invocation's id for their logs."""
        return BUSY_WITH

    @property
    def function_name(self) -> str:
        """The function's name."""
        return self._name

    @property
    def function_directory(self) -> str:
        """The folder of the file that the function is in."""
        return self._directory

    @property
    def trace_context(self) -> Any:
        """Distributed tracing is not imitated."""
        return None

    @property
    def retry_context(self) -> Any:
        """Which attempt this is; of triggers other than Event Hubs' always the first."""
        return self._retry


class Invoker:
    """Calls functions on the worker and reports each call."""

    def __init__(self, worker: Worker, console: Console, client: ClientBinding) -> None:
        self._worker = worker
        self._console = console
        self._client = client

    def invoke(
        self,
        function: HostedFunction,
        trigger_value: Any,
        *,
        retry: RetryContext = FIRST_ATTEMPT,
        detail: str = "",
    ) -> "Future[Any]":
        """Run a function with the value of its trigger; input bindings are added here.

        ``detail`` is shown on the console, in the line of the invocation.
        """
        invocation_id = str(uuid.uuid4())
        arguments = self._arguments(function, trigger_value, invocation_id, retry)
        run = self._worker.run
        if function.trigger_type == "activityTrigger":
            run = self._worker.run_activity
        call = self._reported(function, arguments, invocation_id, detail)
        return run(call, is_async=function.is_async)

    def refuse(
        self, function: HostedFunction, error: Exception, *, detail: str = ""
    ) -> "Future[Any]":
        """Report an invocation that failed before it reached the function."""
        self._console.invoked(function.name, str(uuid.uuid4()), 0, error, detail)
        failed: Future[Any] = Future()
        failed.set_exception(error)
        return failed

    def _arguments(
        self,
        function: HostedFunction,
        trigger_value: Any,
        invocation_id: str,
        retry: RetryContext,
    ) -> dict[str, Any]:
        arguments = {str(function.trigger["name"]): trigger_value}
        for binding in function.bindings:
            if binding["type"] == "durableClient":
                arguments[binding["name"]] = self._client.to_json(binding)
        if "context" not in arguments and _takes_context(function):
            folder = Path(inspect.getfile(function.call)).parent
            arguments["context"] = InvocationContext(invocation_id, function.name, folder, retry)
        return arguments

    def _reported(
        self,
        function: HostedFunction,
        arguments: Mapping[str, Any],
        invocation_id: str,
        detail: str,
    ) -> Any:
        def report(started: float, error: BaseException | None) -> None:
            seconds = time.perf_counter() - started
            self._console.invoked(function.name, invocation_id, seconds, error, detail)

        def call() -> Any:
            started = time.perf_counter()
            BUSY_WITH.invocation_id = invocation_id
            try:
                result = _taken(function, function.call(**arguments))
            except BaseException as error:
                report(started, error)
                raise
            finally:
                BUSY_WITH.invocation_id = None
            report(started, None)
            return result

        async def call_async() -> Any:
            started = time.perf_counter()
            BUSY_WITH.invocation_id = invocation_id
            try:
                result = _taken(function, await function.call(**arguments))
            except BaseException as error:
                report(started, error)
                raise
            report(started, None)
            return result

        return call_async if function.is_async else call


def _taken(function: HostedFunction, result: Any) -> Any:
    """Return the result; one that nobody takes is an error, as in Azure's worker."""
    if result is not None and not function.takes_result:
        raise RuntimeError(
            f"function {function.name!r} without a $return binding returned a non-None value"
        )
    return result


def _takes_context(function: HostedFunction) -> bool:
    return "context" in inspect.signature(function.call).parameters
