"""Where events come from: the contract, and which of the two sources a connection means."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from localazure.functions_host.event_hubs.connections import Connection
from localazure.functions_host.event_hubs.events import Checkpoint, Place, Position, Slice
from localazure.functions_host.event_hubs.options import EventHubOptions

CHECKPOINT_FILE = "event_hubs.sqlite3"


class EventSource(Protocol):
    """One event hub, as one consumer group sees it.

    Every method raises SourceAwayError or SourceRefusedError, and nothing else that is foreign.
    """

    async def partitions(self) -> list[str]:
        """Return the ids of the partitions."""

    async def read(self, partition: str, position: Position, limit: int, wait_s: float) -> Slice:
        """Return up to ``limit`` events from a position on, waiting for the first of them."""

    async def load_checkpoints(self) -> Mapping[str, Checkpoint]:
        """Return the checkpoint of each partition that has one."""

    async def save_checkpoint(self, partition: str, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint."""

    async def close(self) -> None:
        """Let go of connections."""


def open_source(
    connection: Connection, place: Place, options: EventHubOptions, state: Path
) -> EventSource:
    """Return the source that a connection means; nothing is asked yet."""
    # Either client costs some tenths of a second, which hosts without event hubs need not pay.
    if connection.is_stand_in:
        from localazure.functions_host.event_hubs.stand_in import StandInSource

        return StandInSource(place)
    from localazure.functions_host.event_hubs.amqp import AmqpSource

    return AmqpSource(connection, place, options.prefetch_count, state / CHECKPOINT_FILE)
