"""Ports that stay the same."""

import socket
from pathlib import Path

import pytest

from localazure.errors import PortInUseError
from localazure.supervisor.ports import Ports


def test_a_port_is_used_again(tmp_path: Path) -> None:
    """The same name gets the same port at the next start, another name another one."""
    file = tmp_path / "ports.json"
    with Ports(file).bind("cloud") as listener:
        port = listener.getsockname()[1]
        assert Ports(file).choose("blob") != port
    assert Ports(file).choose("cloud") == port


def test_a_port_that_is_taken_is_replaced(tmp_path: Path) -> None:
    """If another program has the remembered port, a free one is taken and remembered."""
    ports = Ports(tmp_path / "ports.json")
    with ports.bind("cloud") as taken:
        taken.listen()
        other = ports.choose("cloud")
        assert other != taken.getsockname()[1]
    assert ports.choose("cloud") == other


def test_a_port_that_was_asked_for_is_never_replaced(tmp_path: Path) -> None:
    """A port given by the user that is taken is an error that names it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUseError, match=f"port {port} for functions is taken"):
            Ports(tmp_path / "ports.json").choose("functions", port)


def test_damaged_memory_is_forgotten(tmp_path: Path) -> None:
    """A ports file that is no JSON object only costs the memory."""
    (tmp_path / "ports.json").write_text("[1")
    assert Ports(tmp_path / "ports.json").choose("cloud") > 0
