"""The `connection` of a binding: a prefix of settings that leads to a namespace.

As in Azure: the setting with the very name of the prefix holds a connection string, or else
`{connection}__fullyQualifiedNamespace` names a namespace that is asked by identity.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from localazure.functions_host.event_hubs.errors import SourceRefusedError

LOOPBACKS = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Connection:
    """How to reach a namespace; ``setting`` says where that was found."""

    setting: str
    namespace: str
    # Holds a key: it is never shown.
    connection_string: str | None = field(default=None, repr=False)
    hub: str | None = None

    @property
    def is_stand_in(self) -> bool:
        """Say whether the namespace is one of the local cloud."""
        return self.connection_string is None and _is_loopback(self.namespace)


def read_connection(prefix: str, environ: Mapping[str, str]) -> Connection:
    """Find the namespace of a connection.

    Raises:
        SourceRefusedError: no such settings, or one that cannot be used; keys are never named.
    """
    by_identity = f"{prefix}__fullyQualifiedNamespace"
    if environ.get(prefix, "").strip():
        return _from_string(prefix, environ[prefix].strip())
    namespace = environ.get(by_identity, "").strip()
    if not namespace:
        raise SourceRefusedError(
            f"connection {prefix!r}: neither {by_identity} nor {prefix} is an app setting"
        )
    if "/" in namespace or ";" in namespace:
        raise SourceRefusedError(
            f"{by_identity} must be a host name, such as NAME.servicebus.windows.net, "
            "without scheme and path"
        )
    return Connection(by_identity, namespace)


def _from_string(setting: str, text: str) -> Connection:
    pairs = (part.partition("=") for part in text.split(";") if part.strip())
    parts = {name.strip().casefold(): value.strip() for name, _, value in pairs}
    namespace = urlsplit(parts.get("endpoint", "")).netloc
    if not namespace:
        raise SourceRefusedError(
            f"{setting} must be a connection string with Endpoint=sb://HOST/; it has: "
            f"{', '.join(sorted(parts)) or 'nothing'}"
        )
    emulated = parts.get("usedevelopmentemulator", "").casefold() == "true"
    if _is_loopback(namespace) and not emulated:
        raise SourceRefusedError(
            f"{setting}: the endpoint {namespace} is on this machine, so either "
            "UseDevelopmentEmulator=true must be in the connection string, or "
            f"{setting}__fullyQualifiedNamespace must be used instead"
        )
    return Connection(setting, namespace, text, parts.get("entitypath") or None)


def _is_loopback(namespace: str) -> bool:
    return urlsplit(f"//{namespace}").hostname in LOOPBACKS
