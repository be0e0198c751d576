"""The one interface between the local cloud's server and the Azure services it serves.

It stands apart so that a service can be written, typed and tested without importing the server.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from starlette.routing import BaseRoute


class Service(Protocol):
    """A part of Azure that the local cloud imitates."""

    @property
    def name(self) -> str:
        """A short name for messages, such as ``identity``."""
        ...

    def routes(self) -> Sequence[BaseRoute]:
        """Return the routes to serve, as absolute paths."""
        ...

    async def start(self, environment: Mapping[str, str]) -> None:
        """Begin background work.

        ``environment`` holds the variables that a process needs to talk to the local cloud in the
        way the app does. The server already answers on its port when this is called.
        """
        ...

    async def stop(self) -> None:
        """End background work and release what was opened; called once, also after a failure."""
        ...
