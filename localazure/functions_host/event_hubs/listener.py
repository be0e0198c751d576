"""Opens the source of one function and runs a pump per partition, for as long as the host runs.

A function whose settings or names are wrong keeps nobody else from working: as with a listener that
cannot start in the real host, it is told in one line, and tried again now and then.
"""

import asyncio
import contextlib
from pathlib import Path

from localazure.functions_host.console import Console
from localazure.functions_host.event_hubs.errors import SourceAwayError, SourceError
from localazure.functions_host.event_hubs.function import EventHubFunction
from localazure.functions_host.event_hubs.options import EventHubOptions
from localazure.functions_host.event_hubs.patience import Patience
from localazure.functions_host.event_hubs.pump import Pump
from localazure.functions_host.event_hubs.sources import open_source

AWAY_PAUSE_S = 0.5
REFUSED_PAUSE_S = 3.0
# The supervisor gives the whole host five seconds to end.
INVOCATION_GRACE_S = 2.0


class Listener:
    """Listens to an event hub for one function."""

    def __init__(
        self, function: EventHubFunction, options: EventHubOptions, state: Path, console: Console
    ) -> None:
        self._function, self._options = function, options
        self._state, self._console = state, console
        self._pumps: list[Pump] = []
        self._task: asyncio.Task[None] | None = None
        self._told = ""

    def start(self) -> None:
        """Begin to listen."""
        self._task = asyncio.create_task(self._run(), name=self._function.name)

    async def stop(self) -> None:
        """Stop pulling, give running invocations a moment, and let go of the source."""
        await asyncio.gather(*(pump.stop(INVOCATION_GRACE_S) for pump in self._pumps))
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        while True:
            pause_s = REFUSED_PAUSE_S
            try:
                await self._listen()
            except SourceError as error:
                self._tell(str(error))
                if isinstance(error, SourceAwayError):
                    pause_s = AWAY_PAUSE_S
            except Exception as error:  # noqa: BLE001 - told, and tried again from the checkpoint
                self._tell(f"{type(error).__name__}: {error}")
            await asyncio.sleep(pause_s)

    async def _listen(self) -> None:
        function, options = self._function, self._options
        connection, place = function.locate()
        async with contextlib.AsyncExitStack() as stack:
            source = open_source(connection, place, options, self._state)
            stack.push_async_callback(source.close)
            partitions = await source.partitions()
            checkpoints = await source.load_checkpoints()
            patience = Patience(function.name, self._console)
            self._pumps = []
            for partition in partitions:
                found = checkpoints.get(partition)
                position = found.sequence_number + 1 if found else options.initial_offset
                self._pumps.append(
                    Pump(
                        *(function, source, place, partition, position),
                        *(options, patience, self._console),
                    )
                )
            self._told = ""
            self._console.say(
                f"Function {function.name} listens to {len(partitions)} partitions of event hub "
                f"{place.hub!r} as consumer group {place.consumer_group!r}."
            )
            await self._pump()

    async def _pump(self) -> None:
        running = [pump.start() for pump in self._pumps]
        # None ends by itself, but by a bug.
        ended, _ = await asyncio.wait(running, return_when=asyncio.FIRST_EXCEPTION)
        failures = [one.exception() for one in ended if not one.cancelled()]
        await asyncio.gather(*(pump.stop(INVOCATION_GRACE_S) for pump in self._pumps))
        for failure in filter(None, failures):
            raise failure

    def _tell(self, reason: str) -> None:
        if reason != self._told:
            self._told = reason
            self._console.warn(
                f"Function {self._function.name} does not listen: {reason}. It tries again."
            )
