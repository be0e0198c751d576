"""Runs an app under Azure's own worker library: `python driver.py`, on Python 3.13 or newer.

It plays the Functions host's side of the library's messages for one process: each line of standard
input is a request, each line of standard output its answer, both JSON. The library asks for classes
of messages and never looks behind them, so plain objects stand in for protobuf's. Nothing of the
project is imported here: the app's folder alone is on the path, as in Azure.

Data travels as one pair of kind and value, with the kinds of `TypedData` in FunctionRpc.proto;
bytes are written in base64, and what is not set is null.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import datetime
import importlib
import json
import os
import sys
from enum import IntEnum
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TextIO

# What protobuf would take for each kind of data; it refuses everything else.
KINDS: dict[str, type] = {
    "string": str,
    "json": str,
    "bytes": bytes,
    "int": int,
    "double": float,
    "http": object,
}


class Message:
    """A message with the fields that it was given."""

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)


class BindingInfo(Message):
    """The form in which a binding is told to the host; its numbers are FunctionRpc.proto's."""

    undefined, out, inout = 0, 1, 2


class StatusResult(Message):
    """How a request went."""

    Failure, Success = 0, 1


class RpcHttpCookie(Message):
    """A cookie of a response."""

    SameSite = IntEnum("SameSite", {"None": 0, "Lax": 1, "Strict": 2, "ExplicitNone": 3})


class TypedData(Message):
    """One value of one kind."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)
        ((kind, value),) = fields.items()
        if not isinstance(value, KINDS[kind]):
            raise TypeError(f"{kind} must be {KINDS[kind].__name__}; got {type(value).__name__}")


class Protos:
    """Stands in for the module of message classes."""

    BindingInfo = BindingInfo
    StatusResult = StatusResult
    RpcHttpCookie = RpcHttpCookie
    TypedData = TypedData

    def __getattr__(self, name: str) -> type[Message]:
        return Message


class Given:
    """Data on its way to a function."""

    def __init__(self, content: dict[str, Any] | None) -> None:
        self._kind = next(iter(content)) if content else None
        if content and self._kind:
            setattr(self, self._kind, _given(self._kind, content[self._kind]))

    def WhichOneof(self, _group: str) -> str | None:  # noqa: N802 - protobuf's name
        """Return the kind, as protobuf does."""
        return self._kind


def _given(kind: str, value: Any) -> Any:
    if kind == "bytes":
        return base64.b64decode(value)
    if kind == "collection_bytes":
        return SimpleNamespace(bytes=[base64.b64decode(one) for one in value])
    if kind.startswith("collection_"):
        return SimpleNamespace(**{kind.partition("_")[2]: value})
    if kind == "http":
        return SimpleNamespace(**{**value, "body": Given(value["body"])})
    return value


class Parameter:
    """A named value on its way to a function."""

    def __init__(self, name: str, content: dict[str, Any] | None) -> None:
        self.name = name
        self.data = Given(content)

    def WhichOneof(self, _group: str) -> str:  # noqa: N802 - protobuf's name
        """Return where the data is."""
        return "data"


def written(value: Any) -> Any:
    """What JSON is made of a message."""
    if isinstance(value, Message):
        fields = vars(value).items()
        return {name: field for name, field in fields if field is not None}
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    raise TypeError(f"{type(value).__name__} is in no message")


class Host:
    """The host's side: what it asks of the library, in the host's order."""

    def __init__(self) -> None:
        # By name: this module is also read by the tests, where there is no such library.
        self._library = importlib.import_module("azure_functions_runtime")
        self._ids: dict[str, str] = {}

    async def load(self, app: Path) -> dict[str, Any]:
        """Have an app indexed and loaded; return its functions, or the error."""
        enter(app)
        self._library.start_threadpool_executor()
        asked = SimpleNamespace(capabilities={}, function_app_directory=str(app))
        begun = await self._library.worker_init_request(_request(worker_init_request=asked))
        if begun.result.status != StatusResult.Success:
            return {"error": begun.result.exception}
        listed = await self._library.functions_metadata_request(_request())
        functions = listed.function_metadata_results or []
        for one in functions:
            self._ids[one.name] = one.function_id
            load = SimpleNamespace(function_id=one.function_id)
            await self._library.function_load_request(_request(function_load_request=load))
        return {"functions": functions}

    async def invoke(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Invoke a function; return what it gave back, or the error."""
        retry = asked.get("retry") or {}
        # A field that is not set reads as an empty message, never as None.
        told = {"source": "", "stack_trace": "", "message": "", **(retry.get("exception") or {})}
        invocation = SimpleNamespace(
            invocation_id=asked["invocation_id"],
            function_id=self._ids[asked["function"]],
            input_data=[Parameter(*one) for one in asked["inputs"].items()],
            trigger_metadata={
                name: Given(content) for name, content in asked.get("metadata", {}).items()
            },
            trace_context=SimpleNamespace(trace_parent="", trace_state="", attributes={}),
            retry_context=SimpleNamespace(
                retry_count=retry.get("retry_count", 0),
                max_retry_count=retry.get("max_retry_count", 0),
                exception=SimpleNamespace(**told),
            ),
        )
        ended = await self._library.invocation_request(_request(invocation_request=invocation))
        if ended.result.status != StatusResult.Success:
            return {"error": ended.result.exception}
        return {"returned": ended.return_value, "outputs": ended.output_data}


def _request(**asked: Any) -> SimpleNamespace:
    properties = {"host": "127.0.0.1", "protos": Protos()}
    return SimpleNamespace(request=SimpleNamespace(**asked), properties=properties)


def enter(app: Path) -> None:
    """Make the process a place like the one that Azure's host gives its worker."""
    os.chdir(app)
    # The worker finds the app's modules there; the folder of this file is no part of the app.
    sys.path[0] = str(app)
    sys.modules.pop("function_app", None)
    os.environ["AzureWebJobsScriptRoot"] = str(app)  # noqa: SIM112 - the host's spelling


async def serve(host: Host, requests: TextIO, answers: TextIO) -> None:
    """Answer requests, one after the other, until there are no more."""
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, requests.readline):
        asked = json.loads(line)
        loading = asked["ask"] == "load"
        told = await (host.load(Path(asked["app"])) if loading else host.invoke(asked))
        answers.write(json.dumps(told, default=written) + "\n")
        answers.flush()


def main() -> None:
    """Serve, with whatever the app prints out of the way of the answers."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(Host(), sys.stdin, answers))


if __name__ == "__main__":
    main()
