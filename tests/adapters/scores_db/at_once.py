"""Many things at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable


def at_once(tasks: list[Callable[[], object]]) -> list[object]:
    """Runs tasks in threads that start together; their results, or the errors they raised."""
    barrier = threading.Barrier(len(tasks))
    results: list[object] = [None] * len(tasks)

    def _run(number: int) -> None:
        barrier.wait()
        try:
            results[number] = tasks[number]()
        except Exception as error:  # noqa: BLE001 (the test looks at it)
            results[number] = error

    threads = [threading.Thread(target=_run, args=(n,)) for n in range(len(tasks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
