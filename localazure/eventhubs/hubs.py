"""The hubs of the namespace by name: which exist, and which partition an event goes to.

Names of hubs and of consumer groups ignore case, as in Event Hubs; past this module they are
spelled as in localazure.yml.
"""

import hashlib
import itertools
from collections.abc import Mapping

from localazure.cloud.errors import AzureError
from localazure.config import EventHub


class Hub:
    """One event hub; for one thread, the event loop's."""

    def __init__(self, name: str, config: EventHub) -> None:
        self.name = name
        self.consumer_groups = config.consumer_groups
        self._partitions = config.partitions
        self._turns = itertools.cycle(range(config.partitions))

    def partition(self, partition_id: str) -> int:
        """Return the number behind a partition's id.

        Raises:
            AzureError: 404, if there is no such partition.
        """
        if partition_id not in map(str, range(self._partitions)):
            raise AzureError(
                404,
                "PartitionNotFound",
                f"partition of hub {self.name} must be one of 0 to {self._partitions - 1}; "
                f"got {partition_id!r}",
            )
        return int(partition_id)

    def consumer_group(self, name: str) -> str:
        """Return a consumer group's name as it is configured.

        Raises:
            AzureError: 404, if there is no such consumer group.
        """
        for known in self.consumer_groups:
            if known.casefold() == name.casefold():
                return known
        raise AzureError(
            404,
            "ConsumerGroupNotFound",
            f"consumer group of hub {self.name} must be one of {list(self.consumer_groups)}; "
            f"got {name!r}",
        )

    def choose_partition(self, partition_key: str | None) -> int:
        """Return the partition of a key, for ever the same; without a key, each in turn.

        Azure's hash is another one, which is not documented: only that it is stable.
        """
        if partition_key is None:
            return next(self._turns)
        digest = hashlib.sha256(partition_key.encode()).digest()
        return int.from_bytes(digest[:8]) % self._partitions


class Hubs:
    """The hubs of ``config``."""

    def __init__(self, config: Mapping[str, EventHub]) -> None:
        self._hubs = {name.casefold(): Hub(name, hub) for name, hub in config.items()}

    def find(self, name: str) -> Hub:
        """Return the hub of a name.

        Raises:
            AzureError: 404, if there is none.
        """
        if hub := self._hubs.get(name.casefold()):
            return hub
        known = [hub.name for hub in self._hubs.values()]
        raise AzureError(
            404,
            "EntityNotFound",
            f"hub must be one of {known}, the event_hubs of localazure.yml; got {name!r}",
        )
