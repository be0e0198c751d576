"""Which deployment answers when none is named, and which one did before.

The endpoint itself remembers: its default, and in a tag the one before. Both are written in one
request, so there is no moment at which one is known without the other.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from deploy_model.errors import UsageError

PREVIOUS = "windrow-previous-default"
"""The endpoint's tag with the name of the deployment that was the default before."""


@dataclass(frozen=True)
class Defaults:
    """An endpoint's default, and the one before; None if there is none."""

    current: str | None
    previous: str | None


def switched(defaults: Defaults, to: str, ready: Collection[str], endpoint: str) -> Defaults:
    """The defaults after a switch. Switching to what is the default already changes nothing.

    Raises UsageError if `to` is not one of the deployments that are `ready`.
    """
    if to not in ready:
        known = ", ".join(sorted(ready)) or "none"
        raise UsageError(
            f"endpoint {endpoint!r} has no deployment {to!r} that is ready; there are: {known}"
        )
    if to == defaults.current:
        return defaults
    return Defaults(current=to, previous=defaults.current)


def switched_back(defaults: Defaults, ready: Collection[str], endpoint: str) -> Defaults:
    """The defaults after a return to the one before. Doing it again returns from there.

    Raises UsageError if there was none before, or if it is not there any more.
    """
    if defaults.previous is None:
        raise UsageError(
            f"endpoint {endpoint!r} has no default before {defaults.current or 'none'}: nothing "
            "was switched yet"
        )
    return switched(defaults, defaults.previous, ready, endpoint)
