"""Runs the app's functions away from the host's own event loop.

As in Azure's Python worker, async functions share one event loop and sync functions a pool of
threads. Orchestrators do not wait behind activities: they run on the engine's threads.
"""

import asyncio
import contextlib
import os
import queue
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any

from localazure.functions_host.errors import SettingsError

THREADS_SETTING = "PYTHON_THREADPOOL_THREAD_COUNT"
DEFAULT_THREADS = 8
DEFAULT_ACTIVITIES = 20
STOP_TIMEOUT_S = 2.0

Job = tuple["Future[Any]", Callable[[], Any]]


class ThreadPool:
    """Daemon threads: a function that never returns must not keep the host from stopping.

    (concurrent.futures joins its threads when the interpreter exits.)
    """

    def __init__(self, name: str, size: int) -> None:
        self._jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        for number in range(size):
            threading.Thread(target=self._run, name=f"{name}-{number}", daemon=True).start()

    def submit(self, call: Callable[[], Any]) -> "Future[Any]":
        """Queue a call."""
        future: Future[Any] = Future()
        self._jobs.put((future, call))
        return future

    def _run(self) -> None:
        while True:
            future, call = self._jobs.get()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(call())
            except BaseException as error:  # noqa: BLE001 - handed to whoever waits
                future.set_exception(error)


class Worker:
    """The places where functions run; `max_activities` of a kind, sync or async, at once.

    Raises:
        SettingsError: PYTHON_THREADPOOL_THREAD_COUNT is no number of threads.
    """

    def __init__(self, max_activities: int = DEFAULT_ACTIVITIES) -> None:
        threads = _threads()
        self._functions = ThreadPool("function", threads)
        self._activities = ThreadPool("activity", min(threads, max_activities))
        self._loop = asyncio.new_event_loop()
        self._async_activities = asyncio.Semaphore(max_activities)
        self._thread = threading.Thread(target=self._run_loop, name="async-functions", daemon=True)
        self._thread.start()

    def run(self, call: Callable[[], Any], *, is_async: bool) -> "Future[Any]":
        """Run a function that is not an activity."""
        if is_async:
            return asyncio.run_coroutine_threadsafe(call(), self._loop)
        return self._functions.submit(call)

    def run_activity(self, call: Callable[[], Any], *, is_async: bool) -> "Future[Any]":
        """Run an activity; there may be thousands, and they do not hold up HTTP."""
        if is_async:
            return asyncio.run_coroutine_threadsafe(self._bounded(call), self._loop)
        return self._activities.submit(call)

    def stop(self) -> None:
        """Stop the event loop and cancel what runs on it; what runs in threads is left behind."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(STOP_TIMEOUT_S)

    async def _bounded(self, call: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        async with self._async_activities:
            return await call()

    def _run_loop(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            running = asyncio.all_tasks(self._loop)
            for one in running:
                one.cancel()
            self._loop.run_until_complete(asyncio.gather(*running, return_exceptions=True))
        finally:
            self._loop.close()


def _threads() -> int:
    text = os.environ.get(THREADS_SETTING) or str(DEFAULT_THREADS)
    if not (text.isascii() and text.isdecimal() and int(text) >= 1):
        raise SettingsError(f"{THREADS_SETTING} must be a number of at least 1; got {text!r}")
    return int(text)
