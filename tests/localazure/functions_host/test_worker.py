"""Where functions run: how many at once, and what does not wait for what."""

import asyncio
import threading
from concurrent.futures import Future
from typing import Any

import pytest

from localazure.functions_host.errors import SettingsError
from localazure.functions_host.worker import THREADS_SETTING, Worker
from tests.support.waiting import wait_until


class _Crowd:
    """Activities that wait for each other; tells how many were there at once."""

    def __init__(self) -> None:
        self.present = 0
        self.most = 0
        self.go = threading.Event()
        self._lock = threading.Lock()

    def enter(self) -> None:
        with self._lock:
            self.present += 1
            self.most = max(self.most, self.present)

    def leave(self) -> None:
        with self._lock:
            self.present -= 1

    def wait(self) -> int:
        self.enter()
        assert self.go.wait(30)
        self.leave()
        return 1

    async def wait_async(self) -> int:
        self.enter()
        while not self.go.is_set():
            await asyncio.sleep(0.005)
        self.leave()
        return 1


def _run(worker: Worker, crowd: _Crowd, count: int, *, is_async: bool, expected: int) -> int:
    call = crowd.wait_async if is_async else crowd.wait
    futures: list[Future[Any]] = [
        worker.run_activity(call, is_async=is_async) for _ in range(count)
    ]
    wait_until(lambda: crowd.present == expected, description=f"{expected} run at once")
    other = worker.run(lambda: "at once", is_async=False)
    assert other.result(timeout=10) == "at once"
    crowd.go.set()
    assert sum(one.result(timeout=30) for one in futures) == count
    return crowd.most


def test_async_activities_run_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as host.json allows, however few threads there are; other functions do not wait."""
    monkeypatch.setenv(THREADS_SETTING, "1")
    worker = Worker(max_activities=15)
    assert _run(worker, _Crowd(), 40, is_async=True, expected=15) == 15
    worker.stop()


@pytest.mark.parametrize(("threads", "limit", "expected"), [("3", 20, 3), ("8", 2, 2)])
def test_sync_activities_run_in_a_pool(
    monkeypatch: pytest.MonkeyPatch, threads: str, limit: int, expected: int
) -> None:
    """Its size is PYTHON_THREADPOOL_THREAD_COUNT, or what host.json allows if that is less."""
    monkeypatch.setenv(THREADS_SETTING, threads)
    worker = Worker(max_activities=limit)
    assert _run(worker, _Crowd(), 12, is_async=False, expected=expected) == expected
    worker.stop()


@pytest.mark.parametrize("text", ["0", "-1", "many", "1.5", "٣"])
def test_a_wrong_number_of_threads_is_told(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """With the setting's name and its value."""
    monkeypatch.setenv(THREADS_SETTING, text)
    with pytest.raises(SettingsError, match=f"{THREADS_SETTING} must be a number of at least 1"):
        Worker()
