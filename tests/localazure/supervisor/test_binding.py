"""Children that bind their ports by themselves: a port can be lost between choosing and binding."""

import asyncio
import contextlib
import socket
import ssl
import sys
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
import trustme

from localazure.errors import ChildEndedError
from localazure.state import State
from localazure.supervisor.binding import run_bound_child
from localazure.supervisor.child import Child, run_child
from localazure.supervisor.ports import Ports
from localazure.supervisor.probes import shows

_CHILD = """
import pathlib, signal, socket, sys
with socket.create_server(("127.0.0.1", int(sys.argv[1]))):
    pathlib.Path(sys.argv[2]).write_text(sys.argv[1])
    signal.pause()
"""


class _Starter:
    """Starts children; a stranger takes the port of the first ones right before they bind it."""

    def __init__(self, folder: Path, races_lost: int, stack: contextlib.ExitStack) -> None:
        self.state = State.at(folder)
        self.note = folder / "note"
        self.tried: list[int] = []
        self._races_lost = races_lost
        self._stack = stack

    def start(self, port: int) -> AbstractAsyncContextManager[Child]:
        self.tried.append(port)
        if len(self.tried) <= self._races_lost:
            self._stack.enter_context(socket.create_server(("127.0.0.1", port)))
        command = [sys.executable, "-c", _CHILD, str(port), self.note]
        return run_child("child", command, state=self.state.folder)

    async def is_ready(self, port: int) -> bool:
        return self.note.exists() and self.note.read_text() == str(port)

    async def run(self, wanted: int = 0) -> int:
        """Run a child until it is ready; return its port."""
        ports = Ports(self.state.ports)
        async with run_bound_child(
            ports, "child", self.start, self.is_ready, wanted=wanted, timeout_s=30
        ) as (port, child):
            assert child.process.returncode is None
            return port


def test_a_child_that_lost_its_port_gets_another(tmp_path: Path) -> None:
    """The stranger at the first port is not taken for the child."""
    with contextlib.ExitStack() as stack:
        starter = _Starter(tmp_path, 2, stack)
        port = asyncio.run(starter.run())
        assert port == starter.tried[-1]
        assert len(set(starter.tried)) == 3


def test_a_port_that_was_asked_for_is_not_replaced(tmp_path: Path) -> None:
    """The child's end is told instead."""
    with contextlib.ExitStack() as stack:
        free = Ports(tmp_path / "other.json").choose("child")
        starter = _Starter(tmp_path, 1, stack)
        with pytest.raises(ChildEndedError, match="child"):
            asyncio.run(starter.run(wanted=free))
        assert starter.tried == [free]


def test_only_a_known_certificate_counts(tmp_path: Path) -> None:
    """A server of another authority is a stranger; nobody answers at a free port."""
    mine, other = trustme.CA(), trustme.CA()

    async def ask(authority: trustme.CA) -> list[bool]:
        served = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("127.0.0.1").configure_cert(served)
        trusted = ssl.create_default_context()
        mine.configure_trust(trusted)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        server = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0, ssl=served)
        async with server:
            found = await shows(server.sockets[0].getsockname()[1], trusted)
        return [found, await shows(port, trusted)]

    assert asyncio.run(ask(mine)) == [True, False]
    assert asyncio.run(ask(other)) == [False, False]
