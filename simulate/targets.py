"""Where the stream goes: a hub of the local cloud or of a real namespace, found by settings.

The only difference between the two is told here: whom to trust, and whether stream time may differ
from the time of day.
"""

from __future__ import annotations

import json
import re
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from simulate.credentials import EntraToken
from simulate.errors import UnreachableError, UsageError

HUB = "telemetry"
SETTING = "EVENTHUB__fullyQualifiedNamespace"
LOCAL_NAMESPACE = "LOCALAZURE_EVENT_HUBS"
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
LISTENS_WITHIN_S = 2.0
_AUTHORITY = r"(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?"
_HUB_NAME = r"[A-Za-z0-9][A-Za-z0-9._/-]{0,255}"


@dataclass(frozen=True)
class Target:
    """A hub. `url` is the namespace's base address; `token` gives a bearer token, if one is asked.

    `ca_bundle` names the authorities to trust, None those of the system.
    """

    url: str
    hub: str = HUB
    token: Callable[[], str] | None = None
    ca_bundle: Path | None = None

    @property
    def is_local(self) -> bool:
        """Whether it is on this machine, which only the stand-in is."""
        return _is_loopback(self.url.partition("://")[2])

    @property
    def advice(self) -> str:
        """What to do if nothing answers."""
        return "start the local cloud with `make up`" if self.is_local else "check --namespace"

    def tls(self) -> ssl.SSLContext:
        """How certificates are checked."""
        return ssl.create_default_context(cafile=self.ca_bundle)


def check_reachable(target: Target) -> None:
    """Raises UnreachableError if nothing listens at a local target, at once.

    A local cloud that was killed leaves its file behind; asking it for a token takes long to fail.
    """
    address = urlsplit(target.url)
    if not target.is_local or address.hostname is None or address.port is None:
        return
    try:
        with socket.create_connection((address.hostname, address.port), LISTENS_WITHIN_S):
            return
    except OSError as error:
        raise UnreachableError(f"nothing answers at {target.url}: {target.advice}") from error


def local_environment(state: Path) -> dict[str, str]:
    """The variables through which Azure's SDKs find the local cloud that runs in `state`.

    Raises UnreachableError if none runs.
    """
    try:
        found = json.loads((state / "endpoints.json").read_text(encoding="utf-8"))
        return {str(name): str(value) for name, value in found["environment"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreachableError(
            f"no local cloud runs in {state}: start it with `make up`, or name another --namespace"
        ) from error


def namespace_setting(environment: Mapping[str, str], settings: Path) -> str:
    """The app's own namespace: from the environment, or from its local settings file.

    Without either it is the local cloud's.
    """
    if found := environment.get(SETTING):
        return found
    try:
        values = json.loads(settings.read_text(encoding="utf-8"))["Values"]
        return str(values.get(SETTING) or f"%{LOCAL_NAMESPACE}%")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return f"%{LOCAL_NAMESPACE}%"


def is_local(namespace: str) -> bool:
    """Whether a namespace, as a setting has it, is the local cloud's."""
    return f"%{LOCAL_NAMESPACE}%" in namespace or _is_loopback(namespace)


def find_target(environment: Mapping[str, str], namespace: str | None, hub: str = HUB) -> Target:
    """The hub of a namespace; of the local cloud's without one.

    A local namespace is reached by the variables of `local_environment` in `environment`; they must
    be in this process's environment, too, as azure-identity looks for them there. Raises
    UsageError if the namespace or the hub cannot be one.
    """
    name = namespace or f"%{LOCAL_NAMESPACE}%"
    if LOCAL_NAMESPACE in name and LOCAL_NAMESPACE not in environment:
        raise UnreachableError(
            "the local cloud has no Event Hubs: name a hub in localazure.yml, then `make up`"
        )
    name = re.sub(r"%([^%]+)%", lambda found: environment.get(found[1], found[0]), name)
    if not re.fullmatch(_AUTHORITY, name):
        rule = "be a host name, such as NAME.servicebus.windows.net"
        raise UsageError(f"--namespace must {rule}; got {name!r}")
    if not re.fullmatch(_HUB_NAME, hub):
        raise UsageError(f"--hub must be a name of letters, digits, `.`, `-`, `_`; got {hub!r}")
    bundle = environment.get("SSL_CERT_FILE")
    return Target(f"https://{name}", hub, EntraToken(), Path(bundle) if bundle else None)


def _is_loopback(authority: str) -> bool:
    host = authority.rpartition("]")[0] + "]" if "]" in authority else authority.partition(":")[0]
    return host.lower() in LOOPBACK
