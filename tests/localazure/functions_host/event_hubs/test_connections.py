"""Which namespace a connection means, and which source that is."""

import asyncio
from pathlib import Path

import pytest

from localazure.functions_host.event_hubs.connections import Connection, read_connection
from localazure.functions_host.event_hubs.errors import SourceRefusedError
from localazure.functions_host.event_hubs.events import Place
from localazure.functions_host.event_hubs.options import EventHubOptions
from localazure.functions_host.event_hubs.sources import open_source

KEY = "SharedAccessKeyName=n;SharedAccessKey=c2VjcmV0"
EMULATOR = f"Endpoint=sb://localhost;{KEY};UseDevelopmentEmulator=true;"
IN_AZURE = f"Endpoint=sb://mine.servicebus.windows.net/;{KEY};EntityPath=readings"


@pytest.mark.parametrize(
    ("environ", "namespace", "hub", "source"),
    [
        ({"E__fullyQualifiedNamespace": "127.0.0.1:8443"}, "127.0.0.1:8443", None, "StandIn"),
        ({"E__fullyQualifiedNamespace": "localhost:1"}, "localhost:1", None, "StandIn"),
        (
            {"E__fullyQualifiedNamespace": "mine.servicebus.windows.net"},
            *("mine.servicebus.windows.net", None, "Amqp"),
        ),
        ({"E": EMULATOR}, "localhost", None, "Amqp"),
        ({"E": IN_AZURE}, "mine.servicebus.windows.net", "readings", "Amqp"),
        ({"E": EMULATOR, "E__fullyQualifiedNamespace": "localhost:1"}, "localhost", None, "Amqp"),
    ],
)
def test_settings_choose_the_source(
    environ: dict[str, str], namespace: str, hub: str | None, source: str, tmp_path: Path
) -> None:
    """A loopback authority by identity is the local cloud; all else goes through the SDK."""

    async def opened() -> str:
        place = Place(found.namespace, "h", "g")
        made = open_source(found, place, EventHubOptions(), tmp_path)
        await made.close()
        return type(made).__name__

    found = read_connection("E", environ)
    assert (found.namespace, found.hub) == (namespace, hub)
    assert asyncio.run(opened()) == f"{source}Source"


@pytest.mark.parametrize(
    ("environ", "problem"),
    [
        ({}, "connection 'E': neither E__fullyQualifiedNamespace nor E is an app setting"),
        ({"E__fullyQualifiedNamespace": "sb://x/"}, "must be a host name"),
        ({"E": KEY}, "E must be a connection string with Endpoint=sb://HOST/; it has: shared"),
        ({"E": f"Endpoint=sb://127.0.0.1:1/;{KEY}"}, "UseDevelopmentEmulator=true must be in"),
    ],
)
def test_wrong_settings_are_named_without_keys(environ: dict[str, str], problem: str) -> None:
    """The setting is named; what a connection string holds is not."""
    with pytest.raises(SourceRefusedError) as caught:
        read_connection("E", environ)
    assert problem in str(caught.value)
    assert "c2VjcmV0" not in str(caught.value)


def test_a_connection_shows_no_key() -> None:
    """The representation leaves the connection string out."""
    assert "c2VjcmV0" not in repr(Connection("E", "mine", IN_AZURE))
