"""Ports that stay the same from one start to the next while they are free."""

import socket
from dataclasses import dataclass
from pathlib import Path

from localazure.errors import PortInUseError
from localazure.state import read_json, write_json

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports of one state folder, remembered in a file."""

    file: Path

    def bind(self, name: str, wanted: int = 0) -> socket.socket:
        """Return a socket bound to ``wanted``, or to the last or any free port if that is 0.

        Raises:
            PortInUseError: if ``wanted`` is taken.
        """
        if wanted:
            listener = _try_bind(wanted)
            if listener is None:
                raise PortInUseError(name, wanted)
            return listener
        listener = _try_bind(self._remembered().get(name, 0)) or _try_bind(0)
        if listener is None:
            raise PortInUseError(name, 0)
        self._remember(name, listener.getsockname()[1])
        return listener

    def choose(self, name: str, wanted: int = 0) -> int:
        """Return a port as ``bind`` does, for a process that binds it by itself."""
        with self.bind(name, wanted) as listener:
            port: int = listener.getsockname()[1]
        return port

    def _remembered(self) -> dict[str, int]:
        document = read_json(self.file)
        return document if isinstance(document, dict) else {}

    def _remember(self, name: str, port: int) -> None:
        remembered = self._remembered()
        if remembered.get(name) != port:
            write_json(self.file, {**remembered, name: port})


def _try_bind(port: int) -> socket.socket | None:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # Without this, connections of the last start that linger would keep the port for a minute.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
    except OSError:
        listener.close()
        return None
    return listener
