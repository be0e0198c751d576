"""Sends one request until the service has it: at least once, never given up while there is hope."""

from __future__ import annotations

import asyncio
import re
import time
from types import TracebackType

import httpx

from simulate.backoff import pause_s
from simulate.errors import RefusedError, UnreachableError
from simulate.requests import Request
from simulate.tally import Tally
from simulate.targets import Target

TIMEOUT_S = 30.0
CONNECTIONS = 8
# What passes: a time-out of the service, too many requests, a fault or a restart behind it.
PASSING = frozenset({408, 429, 500, 502, 503, 504})
PATIENCE_AT_FIRST_S = 2.0  # nothing has ever answered: it is not there, rather than restarting
MOST_REASON = 200


class Sender:
    """Requests to one hub. `patience_s` is how long the service may be away once it has answered.

    Raises UnreachableError when patience ends, RefusedError when the service will not have it.
    """

    def __init__(self, target: Target, tally: Tally, patience_s: float) -> None:
        self._target = target
        self._tally = tally
        self._patience_s = patience_s
        self._url = f"{target.url}/{target.hub}/messages"
        self._http = httpx.AsyncClient(
            timeout=TIMEOUT_S,
            verify=target.tls(),
            trust_env=not target.is_local,  # a proxy may lead to Azure, never to this machine
            limits=httpx.Limits(max_connections=CONNECTIONS),
        )
        # The client's own waiting for a connection would count as a time-out.
        self._free = asyncio.Semaphore(CONNECTIONS)
        self._answered = False

    async def __aenter__(self) -> Sender:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.aclose()

    async def send(self, request: Request) -> None:
        """Returns when the service has acknowledged the request."""
        attempt, since = 0, time.monotonic()
        while True:
            attempt += 1
            answer = await self._try(request)
            retry_after = None
            if isinstance(answer, str):
                reason, patience = answer, self._patience_s
                patience = patience if self._answered else min(patience, PATIENCE_AT_FIRST_S)
            else:
                self._answered = True
                if answer.is_success:
                    return
                reason, patience = _reason(answer), self._patience_s
                if answer.status_code not in PASSING:
                    raise RefusedError(answer.status_code, self._target.hub, reason)
                retry_after = answer.headers.get("Retry-After")
            if time.monotonic() - since > patience:
                raise UnreachableError(
                    f"{self._target.url} does not take events ({reason}): {self._target.advice}"
                )
            self._tally.failed(reason)
            await asyncio.sleep(pause_s(attempt, retry_after))

    async def _try(self, request: Request) -> httpx.Response | str:
        """The answer, or in words why there is none."""
        headers = dict(request.headers)
        if self._target.token is not None:
            headers["Authorization"] = f"Bearer {await asyncio.to_thread(self._target.token)}"
        async with self._free:
            try:
                return await self._http.post(self._url, content=request.content, headers=headers)
            except httpx.TransportError as error:
                return str(error) or type(error).__name__


def _reason(answer: httpx.Response) -> str:
    """What the service says in one line, or its status.

    The service answers XML with a `Detail`, the local cloud JSON with a `message`.
    """
    text = answer.text.strip()
    found = re.search(r"<Detail>([^<]*)|\"message\": ?\"((?:[^\"\\\\]|\\\\.)*)", text)
    said = (found[1] or found[2]) if found else text
    lines = (said or "").strip().splitlines()
    return lines[0][:MOST_REASON] if lines else f"{answer.status_code} {answer.reason_phrase}"
