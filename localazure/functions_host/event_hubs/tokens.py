"""Access tokens of the app's managed identity, as App Service hands them out.

Protocol: "REST endpoint reference" in "How to use managed identities for App Service".
"""

import os
import time
from collections.abc import Mapping

import httpx

from localazure.functions_host.event_hubs.errors import SourceAwayError, SourceRefusedError

RENEW_BEFORE_S = 300.0
API_VERSION = "2019-08-01"


class ManagedIdentity:
    """Keeps a token for one resource, and renews it before it expires."""

    def __init__(
        self, client: httpx.AsyncClient, resource: str, environ: Mapping[str, str] = os.environ
    ) -> None:
        self._client = client
        self._resource = resource
        self._environ = environ
        self._token = ""
        self._renew_at = 0.0

    async def token(self) -> str:
        """Return a valid token.

        Raises:
            SourceAwayError: the identity endpoint does not answer.
            SourceRefusedError: there is none, or it gives no token.
        """
        if time.time() >= self._renew_at:
            await self._renew()
        return self._token

    def forget(self) -> None:
        """Ask for a new token next time: a service refused this one."""
        self._renew_at = 0.0

    async def _renew(self) -> None:
        endpoint = self._environ.get("IDENTITY_ENDPOINT", "")
        if not endpoint:
            raise SourceRefusedError("IDENTITY_ENDPOINT is not set, so there is no identity")
        query = {"api-version": API_VERSION, "resource": self._resource}
        headers = {"X-IDENTITY-HEADER": self._environ.get("IDENTITY_HEADER", "")}
        try:
            answer = await self._client.get(endpoint, params=query, headers=headers)
        except httpx.TransportError as error:
            raise SourceAwayError(f"{endpoint} does not answer: {error!r}") from error
        if answer.status_code != httpx.codes.OK:
            raise SourceRefusedError(f"{endpoint} gave no token: HTTP {answer.status_code}")
        content = answer.json()
        lifetime = float(content["expires_on"]) - time.time()
        self._token = str(content["access_token"])
        # A token that does not live that long is renewed half-way.
        self._renew_at = time.time() + max(lifetime - RENEW_BEFORE_S, lifetime / 2)
