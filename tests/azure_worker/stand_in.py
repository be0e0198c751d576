"""Runs an app's functions as `localazure` does: `python -m tests.azure_worker.stand_in`.

The other side of `driver`, with the same lines of JSON: what a running host offers no door to can
be asked here, through the host's own code. It tells the functions as they were loaded, and runs
single activities and single turns of orchestrators.
"""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from localazure.durable.model import ActivityWork
from localazure.functions_host.app import HostedFunction, load_app
from localazure.functions_host.console import Console, show_logs
from localazure.functions_host.durable_client import ClientBinding
from localazure.functions_host.durable_functions import HostedDurableFunctions
from localazure.functions_host.invocation import Invoker
from localazure.functions_host.retries import parse_retry_policy
from localazure.functions_host.settings import apply_local_settings
from localazure.functions_host.worker import Worker

Json = dict[str, Any]


class StandIn:
    """One app."""

    def __init__(self) -> None:
        self._durable: HostedDurableFunctions | None = None

    def answer(self, asked: Json) -> Json:
        """Do what a request asks for; return what came of it, or the error."""
        doors: dict[str, Callable[[Json], Json]] = {
            "load": self._load,
            "turn": self._turn,
            "activity": self._activity,
        }
        try:
            return doors[asked["ask"]](asked)
        except Exception as error:  # noqa: BLE001 - whatever the app raises is an answer
            return {"error": {"type": type(error).__name__, "message": str(error)}}

    def _load(self, asked: Json) -> Json:
        app = Path(asked["app"]).resolve()
        apply_local_settings(app, os.environ)
        functions = load_app(app)
        client = ClientBinding("http://127.0.0.1:7071", "TestHubName", None)
        console = Console(quiet=True)
        invoker = Invoker(Worker(), console, client)
        self._durable = HostedDurableFunctions(functions, invoker, console)
        return {"functions": [_told(one) for one in functions]}

    def _turn(self, asked: Json) -> Json:
        assert self._durable is not None
        return {"returned": self._durable.run_orchestrator(asked["name"], asked["context"])}

    def _activity(self, asked: Json) -> Json:
        assert self._durable is not None
        work = ActivityWork(1, "an-instance", 0, asked["name"], asked["input"])
        return {"returned": self._durable.start_activity(work).result()}


def _told(function: HostedFunction) -> Json:
    """What is compared of a function: its name, bindings, and retries in seconds."""
    retry = parse_retry_policy(function.name, function.retry)
    return {
        "name": function.name,
        "trigger": dict(function.trigger),
        "bindings": [dict(function.trigger), *map(dict, function.bindings)],
        "retry": retry and {"strategy": (function.retry or {}).get("strategy"), **asdict(retry)},
    }


def serve(stand_in: StandIn, requests: TextIO, answers: TextIO) -> None:
    """Answer requests, one after the other, until there are no more."""
    for line in requests:
        answers.write(json.dumps(stand_in.answer(json.loads(line))) + "\n")
        answers.flush()


def main() -> None:
    """Serve, with whatever the app prints out of the way of the answers."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    show_logs(quiet=True)
    serve(StandIn(), sys.stdin, answers)


if __name__ == "__main__":
    main()
