"""Azurite as a child process: the blob service over https, taking Entra tokens."""

import contextlib
import ssl
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from localazure.azurite.install import NODE
from localazure.state import State
from localazure.supervisor.binding import run_bound_child
from localazure.supervisor.child import Child, run_child
from localazure.supervisor.ports import LOOPBACK, Ports
from localazure.supervisor.probes import shows
from localazure.tls import Certificate

# The account that Azurite always has.
ACCOUNT = "devstoreaccount1"

_READY_TIMEOUT_S = 30.0


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
    trusted = ssl.create_default_context(cafile=str(certificate.authority))

    def start(port: int) -> AbstractAsyncContextManager[Child]:
        return run_child("azurite", _command(entry, state, port, certificate), state=state.folder)

    async with run_bound_child(
        ports, "blob", start, partial(shows, trusted=trusted), timeout_s=_READY_TIMEOUT_S
    ) as (port, child):
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
