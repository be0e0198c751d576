"""Event Hubs as a part of the local cloud: puts the pieces together and gives them a life."""

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path

from starlette.routing import BaseRoute

from localazure.config import EventHubs
from localazure.eventhubs.broker import Broker
from localazure.eventhubs.consumer_routes import ConsumerRoutes
from localazure.eventhubs.hubs import Hubs
from localazure.eventhubs.log import EventLog
from localazure.eventhubs.queries import log_path
from localazure.eventhubs.send_routes import SendRoutes

_logger = logging.getLogger(__name__)
_EXPIRY_INTERVAL_S = 60.0


class EventHubsService:
    """The hubs of ``config``; ``state`` is the folder of the log."""

    name = "eventhubs"

    def __init__(self, state: Path, config: EventHubs) -> None:
        self._hubs = Hubs(config.hubs)
        self._broker = Broker(EventLog(log_path(state), config.hubs))
        self._expiry: asyncio.Task[None] | None = None

    def routes(self) -> Sequence[BaseRoute]:
        """Return the routes of senders and of consumers."""
        consumers = ConsumerRoutes(self._hubs, self._broker)
        senders = SendRoutes(self._hubs, self._broker)
        return [*consumers.routes(), *senders.routes()]

    async def start(
        self,
        environment: Mapping[str, str],  # noqa: ARG002 - every service is given it
    ) -> None:
        """Let old events go from now on."""
        self._expiry = asyncio.create_task(self._expire_now_and_then(), name="eventhubs-expiry")

    async def stop(self) -> None:
        """Answer who waits and release the log."""
        if self._expiry:
            self._expiry.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._expiry
        await self._broker.close()

    async def _expire_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(_EXPIRY_INTERVAL_S)
            try:
                dropped = await self._broker.expire()
            except sqlite3.Error:
                # A full disk, say: senders are told, and the next round tries again.
                _logger.exception("old events could not be dropped")
            else:
                if dropped:
                    _logger.info("%d events were older than their hub keeps them", dropped)
