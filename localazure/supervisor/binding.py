"""Runs a child that binds its port by itself: until it does, another program may take the port."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial

from localazure.errors import ChildEndedError
from localazure.supervisor.child import Child
from localazure.supervisor.ports import Ports

_ATTEMPTS = 5


@contextlib.asynccontextmanager
async def run_bound_child(
    ports: Ports,
    name: str,
    start: Callable[[int], AbstractAsyncContextManager[Child]],
    is_ready: Callable[[int], Awaitable[bool]],
    *,
    wanted: int = 0,
    timeout_s: float,
) -> AsyncIterator[tuple[int, Child]]:
    """Run the child of ``start(port)`` while the context lasts; give its port as well.

    ``is_ready`` must tell this very child from a stranger at the port. A child that ends because
    its port was taken is started on another one, unless ``wanted`` names the port.

    Raises:
        ChildEndedError, NotReadyError: as ``Child.wait_until``.
        PortInUseError: if ``wanted`` is taken.
    """
    async with contextlib.AsyncExitStack() as stack:
        for attempt in range(1, _ATTEMPTS + 1):
            port = ports.choose(name, wanted)
            child = await stack.enter_async_context(start(port))
            try:
                await child.wait_until(partial(is_ready, port), timeout_s)
                break
            except ChildEndedError:
                lost_race = not wanted and ports.choose(name) != port
                await stack.aclose()
                if attempt == _ATTEMPTS or not lost_race:
                    raise
        yield port, child
