"""Who the app is: one identity for every service it talks to."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential


@functools.cache
def credential() -> TokenCredential:
    """The app's identity, made once per process: it keeps the tokens it was given.

    The library is loaded here and not at the start of the app, which has to answer quickly.
    """
    from azure.identity import DefaultAzureCredential

    return DefaultAzureCredential()
