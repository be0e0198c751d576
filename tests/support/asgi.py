"""Ask an ASGI application in this process, without a server."""

import asyncio
from typing import Any

import httpx
from starlette.types import ASGIApp


def ask(app: ASGIApp, method: str, path: str, **arguments: Any) -> httpx.Response:
    """Send one request, with ``httpx``'s arguments, and return the answer; bugs answer 500."""

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://127.0.0.1") as client:
            return await client.request(method, path, **arguments)

    return asyncio.run(send())
