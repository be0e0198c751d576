"""Tokens are kept while they are valid, and renewed before they are not."""

from __future__ import annotations

import time
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError

from simulate import UnreachableError
from simulate.credentials import SCOPE, EntraToken


class Identity:
    """A credential whose tokens are valid for so long; it counts how often it is asked."""

    def __init__(self, valid_s: float) -> None:
        self.valid_s = valid_s
        self.asked = 0

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        """The next token."""
        assert scopes == (SCOPE,)
        self.asked += 1
        return AccessToken(f"token-{self.asked}", int(time.time() + self.valid_s))


def test_a_valid_token_is_kept() -> None:
    """The identity is asked once."""
    identity = Identity(3_600)
    token = EntraToken(identity)
    assert {token() for _ in range(5)} == {"token-1"}
    assert identity.asked == 1


def test_a_token_is_renewed_before_it_ends() -> None:
    """One that ends in a minute is not used again."""
    token = EntraToken(Identity(60))
    assert [token(), token()] == ["token-1", "token-2"]


def test_no_token_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the SDK says at length is cut to its first line, and what to do is added."""
    identity = Identity(60)

    def refuse(*_: str, **__: Any) -> AccessToken:
        raise ClientAuthenticationError("No identity.\nAttempted credentials: many")

    monkeypatch.setattr(identity, "get_token", refuse)
    with pytest.raises(UnreachableError, match=r"^no token .*: No identity\. \(locally: `make up`"):
        EntraToken(identity)()
