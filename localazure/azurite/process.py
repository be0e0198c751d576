"""Azurite as a child process: the blob service over https, taking Entra tokens."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from localazure.azurite.install import NODE
from localazure.errors import ChildEndedError
from localazure.state import State
from localazure.supervisor.child import Child, run_child
from localazure.supervisor.ports import LOOPBACK, Ports
from localazure.supervisor.probes import accepts
from localazure.tls import Certificate

# The account that Azurite always has.
ACCOUNT = "devstoreaccount1"

_READY_TIMEOUT_S = 30.0
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Azurite:
    """A blob service that answers; ``blob_uri`` is the address of its account."""

    blob_uri: str
    child: Child


@contextlib.asynccontextmanager
async def run_azurite(
    entry: Path, state: State, ports: Ports, certificate: Certificate
) -> AsyncIterator[Azurite]:
    """Run Azurite on the data of ``state`` while the context lasts."""
    async with contextlib.AsyncExitStack() as stack:
        for attempt in range(1, _ATTEMPTS + 1):
            port = ports.choose("blob")
            child = await stack.enter_async_context(
                run_child("azurite", _command(entry, state, port, certificate), state=state.folder)
            )
            try:
                await child.wait_until(partial(accepts, port), _READY_TIMEOUT_S)
                break
            except ChildEndedError:
                # Another program can take the port before Azurite binds it.
                lost_race = ports.choose("blob") != port
                await stack.aclose()
                if attempt == _ATTEMPTS or not lost_race:
                    raise
        yield Azurite(f"https://{LOOPBACK}:{port}/{ACCOUNT}", child)


def _command(entry: Path, state: State, port: int, certificate: Certificate) -> list[str | Path]:
    return [
        *(NODE, entry, "--silent", "--disableTelemetry"),
        # Azure's SDKs may speak a newer version of the protocol than Azurite knows.
        "--skipApiVersionCheck",
        *("--location", state.azurite),
        *("--blobHost", LOOPBACK, "--blobPort", str(port)),
        *("--oauth", "basic", "--cert", certificate.chain, "--key", certificate.key),
    ]
