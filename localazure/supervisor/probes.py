"""Ask a port on this machine whether anyone is there."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator

from localazure.supervisor.ports import LOOPBACK


async def shows(port: int, trusted: ssl.SSLContext) -> bool:
    """Tell whether something at ``port`` shows a certificate that ``trusted`` knows.

    A stranger that has taken the port meanwhile, another local cloud for one, does not.
    """
    try:
        async with _connected(port, trusted):
            return True
    except OSError:
        return False


async def answers(port: int) -> bool:
    """Tell whether something answers http at ``port``, whatever the answer is.

    Waits for the answer, since a server may take connections before it is ready to serve them.
    """
    question = f"GET /admin/host/status HTTP/1.1\r\nHost: {LOOPBACK}\r\nConnection: close\r\n\r\n"
    try:
        async with _connected(port) as (reader, writer):
            writer.write(question.encode())
            return bool(await reader.read(1))
    except OSError:
        return False


@contextlib.asynccontextmanager
async def _connected(
    port: int, trusted: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(LOOPBACK, port, ssl=trusted)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
