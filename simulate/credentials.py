"""The bearer token, from whatever identity this process has: azure-identity's business."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from simulate.errors import UnreachableError

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken, TokenCredential

SCOPE = "https://eventhubs.azure.net/.default"
RENEW_BEFORE_S = 300.0


class EntraToken:
    """Gives a token that is valid now; it may be asked from several threads.

    Tokens are kept here, since not every credential keeps them: the one of `az login` starts a
    process each time. `credential` is DefaultAzureCredential without one.
    """

    def __init__(self, credential: TokenCredential | None = None) -> None:
        self._credential = credential
        self._kept: AccessToken | None = None
        self._lock = threading.Lock()

    def __call__(self) -> str:
        """The token. Blocks while it is fetched; raises UnreachableError if there is none."""
        with self._lock:
            if self._kept is None or self._kept.expires_on - time.time() < RENEW_BEFORE_S:
                self._kept = self._fetch()
            return self._kept.token

    def _fetch(self) -> AccessToken:
        # These take a third of a second to import: a dry run does without.
        from azure.core.exceptions import AzureError
        from azure.identity import DefaultAzureCredential

        try:
            if self._credential is None:
                self._credential = DefaultAzureCredential()
            return self._credential.get_token(SCOPE)
        except (AzureError, ValueError) as error:
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise UnreachableError(
                f"no token for Event Hubs: {reason} "
                "(locally: `make up` must be running; in Azure: `az login`)"
            ) from error
