"""The local cloud as one thing that starts and stops: server, services and Azurite, in order."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from localazure.azurite.containers import STORAGE_AUDIENCE, create_containers
from localazure.azurite.install import ensure_installed, entry_point
from localazure.azurite.process import Azurite, run_azurite
from localazure.cloud.metadata import MetadataService
from localazure.cloud.server import build_app, serve
from localazure.cloud.service import Service
from localazure.config import Configuration
from localazure.environment import app_environment
from localazure.eventhubs.service import EventHubsService
from localazure.identity.service import IdentityService
from localazure.insights.service import InsightsService
from localazure.state import State
from localazure.supervisor.child import Child
from localazure.supervisor.ports import LOOPBACK, Ports
from localazure.tls import Certificate, ensure_certificate

_logger = logging.getLogger(__name__)
_STOP_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class CloudOptions:
    """What to start, and where; ``root`` is what relative paths in the configuration refer to."""

    configuration: Configuration
    root: Path
    state: State
    cache: Path


@dataclass(frozen=True, slots=True)
class LocalCloud:
    """A local cloud that is ready; ``environment`` is what its clients need."""

    url: str
    blob_uri: str
    bundle: Path
    environment: dict[str, str]
    azurite: Child
    server: "asyncio.Task[None]"


@contextlib.asynccontextmanager
async def run_cloud(
    options: CloudOptions, ports: Ports, report: Callable[[str, str], None]
) -> AsyncIterator[LocalCloud]:
    """Run everything but the Functions host while the context lasts.

    ``report`` is called with the name and the address of each part that has come up.
    """
    state, configuration = options.state, options.configuration
    certificate = ensure_certificate(state.tls)
    secret = state.identity_secret()
    identity = IdentityService(secret, configuration.identity.token_lifetime_s)
    services: list[Service] = [MetadataService(), identity, *_services(options)]
    async with contextlib.AsyncExitStack() as stack:
        listener = stack.enter_context(ports.bind("cloud"))
        # Answers are sent in two writes; by Nagle's algorithm the second would wait for 40 ms.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        url = f"https://{LOOPBACK}:{listener.getsockname()[1]}"
        server = await stack.enter_async_context(serve(build_app(services), listener, certificate))
        report("cloud", url)
        azurite = await stack.enter_async_context(
            _run_storage(options, ports, certificate, identity, report)
        )
        environment = app_environment(
            configuration,
            cloud_url=url,
            blob_uri=azurite.blob_uri,
            bundle=certificate.bundle,
            identity_secret=secret,
            state=state.folder,
        )
        for service in services:
            stack.push_async_callback(_stop, service)
            await service.start(environment)
        if hubs := configuration.event_hubs.hubs:
            report(
                "event hubs", ", ".join(f"{n} ({h.partitions} partitions)" for n, h in hubs.items())
            )
        if workspace := configuration.machine_learning:
            report("azure ml", f"workspace {workspace.workspace}, {workspace.max_nodes} nodes")
        yield LocalCloud(
            url, azurite.blob_uri, certificate.bundle, environment, azurite.child, server
        )


@contextlib.asynccontextmanager
async def _run_storage(
    options: CloudOptions,
    ports: Ports,
    certificate: Certificate,
    identity: IdentityService,
    report: Callable[[str, str], None],
) -> AsyncIterator[Azurite]:
    """Run Azurite, installed if need be, with the containers of the configuration."""
    if not entry_point(options.cache).exists():
        report("storage", f"Azurite is being installed in {options.cache}, once")
    entry = await ensure_installed(options.cache, options.state.folder)
    async with run_azurite(entry, options.state, ports, certificate) as azurite:
        await create_containers(
            azurite.blob_uri,
            options.configuration.storage.containers,
            token=identity.issue(STORAGE_AUDIENCE),
            authority=certificate.authority,
        )
        report("storage", azurite.blob_uri)
        yield azurite


def _services(options: CloudOptions) -> list[Service]:
    insights = InsightsService(options.state.insights, options.configuration.insights.keep_days)
    event_hubs = EventHubsService(options.state.folder, options.configuration.event_hubs)
    workspace = options.configuration.machine_learning
    if workspace is None:
        return [insights, event_hubs]
    # Imported only here: a cloud without a workspace starts sooner.
    from localazure.mlbatch.service import MlBatchService

    ml_batch = MlBatchService(workspace, options.state.folder, options.root)
    return [insights, event_hubs, ml_batch]


async def _stop(service: Service) -> None:
    """Stop a service; one that fails or hangs must not keep the others from stopping."""
    try:
        async with asyncio.timeout(_STOP_TIMEOUT_S):
            await service.stop()
    except Exception:
        _logger.exception("%s did not stop", service.name)
