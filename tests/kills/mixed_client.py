"""Whoever uses the mixed app: over HTTP alone, in a thread of its own, patient with a dead host.

A request that met no answer is made again, but never blindly: what is there already is not started
twice, and an event that was taken is not sent twice. What was acknowledged is never asked for
again: if it were lost, its instance would never end.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

import httpx

from tests.kills.mixed_model import Order

WEBHOOKS = "/runtime/webhooks/durabletask"
AT_ONCE = 12
PAUSE_S = 0.03
TIMEOUT_S = 20
ENDED = {"Completed", "Failed", "Terminated"}

T = TypeVar("T")


class StoppedError(Exception):
    """The test has given up."""


class MixedClient:
    """Starts instances, some at a time, sends them their events, and waits for their ends."""

    def __init__(
        self, address: Callable[[], str | None], orders: Sequence[Order], marks: Path
    ) -> None:
        """`address` answers where the host is, or was; None before it has ever been there."""
        self.done: Future[dict[str, dict[str, Any]]] = Future()
        self._address = address
        self._orders = orders
        self._marks = marks
        self._sent: dict[str, set[str]] = {}
        self._http = httpx.Client(timeout=TIMEOUT_S, verify=False)  # noqa: S501 - plain http
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="client", daemon=True)

    def __enter__(self) -> MixedClient:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join()
        self._http.close()

    def _run(self) -> None:
        try:
            self.done.set_result(self._serve())
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits
            self.done.set_exception(error)

    def _serve(self) -> dict[str, dict[str, Any]]:
        waiting, running = deque(self._orders), list[Order]()
        ended: dict[str, dict[str, Any]] = {}
        while waiting or running:
            while waiting and len(running) < AT_ONCE:
                running.append(waiting.popleft())
                self._patiently(self._start, running[-1])
            for order in list(running):
                status = self._patiently(self._look_after, order)
                if status["runtimeStatus"] in ENDED:
                    running.remove(order)
                    ended[order.name] = status
            self._stop.wait(PAUSE_S)
        return ended

    def _patiently(self, ask: Callable[[str, Order], T], order: Order) -> T:
        while not self._stop.is_set():
            try:
                if url := self._address():
                    return ask(url + WEBHOOKS, order)
            except httpx.TransportError:
                pass
            self._stop.wait(PAUSE_S)
        raise StoppedError

    def _start(self, url: str, order: Order) -> None:
        if self._http.get(f"{url}/instances/{order.name}").status_code == 404:
            given = {"marks": str(self._marks), "name": order.name, "size": order.size}
            path = f"{url}/orchestrators/{order.kind}/{order.name}"
            answer = self._http.post(path, json=given)
            assert answer.status_code == 202, answer.text

    def _look_after(self, url: str, order: Order) -> dict[str, Any]:
        """Sends the events whose time has come. Answers the instance's status."""
        answer = self._http.get(f"{url}/instances/{order.name}")
        assert answer.status_code in (200, 202), f"{order} was started, and is lost"
        status: dict[str, Any] = answer.json()
        told = status["customStatus"] or {}
        sent = self._sent.setdefault(order.name, set())
        sent.update(told.get("taken", ()))
        for event, data in order.events.items():
            wanted = order.early or told.get("awaits") == event
            if wanted and event not in sent and status["runtimeStatus"] not in ENDED:
                self._raise(f"{url}/instances/{order.name}/raiseEvent/{event}", data)
                sent.add(event)
        return status

    def _raise(self, url: str, data: Any) -> None:
        headers = {"content-type": "application/json"}
        answer = self._http.post(url, content=json.dumps(data), headers=headers)
        # 410: it had come before, though nobody said so, and the instance has ended since.
        assert answer.status_code in (202, 410), answer.text
