"""The variables through which Azure's SDKs find the local cloud.

This is the whole connection between the app and the stand-in: the app itself has no idea of it.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from localazure.config import Configuration, MachineLearning

CLOUD_NAME = "LocalCloud"
# Application Insights takes any well-formed key; there is one component per local cloud.
INSTRUMENTATION_KEY = "00000000-0000-0000-0000-000000000000"

_LOOPBACK = ("127.0.0.1", "localhost")


def app_environment(
    configuration: Configuration,
    *,
    cloud_url: str,
    blob_uri: str,
    bundle: Path,
    identity_secret: str,
    state: Path,
    inherited: Mapping[str, str] = os.environ,
) -> dict[str, str]:
    """Return the variables that a process needs on top of ``inherited``.

    ``cloud_url`` has no slash at its end. Values that are empty switch off what a developer's shell
    may have set and would make Azure's SDKs turn to another identity.
    """
    workspace = configuration.machine_learning or MachineLearning()
    no_proxy = _without_proxy(inherited)
    return {
        "IDENTITY_ENDPOINT": f"{cloud_url}/msi/token",
        "IDENTITY_HEADER": identity_secret,
        "AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential",
        "AZURE_CLIENT_ID": "",
        "ARM_CLOUD_METADATA_URL": f"{cloud_url}/metadata",
        "AZUREML_CURRENT_CLOUD": CLOUD_NAME,
        "REQUESTS_CA_BUNDLE": str(bundle),
        "SSL_CERT_FILE": str(bundle),
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
        # These would report to Microsoft, or ask it for settings.
        "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "true",
        "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED": "true",
        "APPLICATIONINSIGHTS_SDKSTATS_DISABLED": "true",
        "LOCALAZURE_BLOB_URI": blob_uri,
        "LOCALAZURE_INSIGHTS_CONNECTION_STRING": (
            f"InstrumentationKey={INSTRUMENTATION_KEY};IngestionEndpoint={cloud_url}/"
        ),
        # What a setting ending in __fullyQualifiedNamespace holds: an authority, without a scheme.
        "LOCALAZURE_EVENT_HUBS": cloud_url.removeprefix("https://"),
        "LOCALAZURE_STATE": str(state),
        "LOCALAZURE_SUBSCRIPTION_ID": workspace.subscription_id,
        "LOCALAZURE_RESOURCE_GROUP": workspace.resource_group,
        "LOCALAZURE_WORKSPACE": workspace.workspace,
    }


def _without_proxy(inherited: Mapping[str, str]) -> str:
    listed = inherited.get("NO_PROXY") or inherited.get("no_proxy") or ""
    hosts = [host.strip() for host in listed.split(",") if host.strip()]
    return ",".join([*hosts, *(host for host in _LOOPBACK if host not in hosts)])
