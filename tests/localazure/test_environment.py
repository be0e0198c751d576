"""The variables that connect an app with the local cloud."""

from pathlib import Path

from localazure.config import parse_configuration
from localazure.environment import app_environment


def _environment(inherited: dict[str, str]) -> dict[str, str]:
    document = {"machine_learning": {"workspace": "w1", "resource_group": "rg1"}}
    return app_environment(
        parse_configuration(document, source="test"),
        cloud_url="https://127.0.0.1:1",
        blob_uri="https://127.0.0.1:2/devstoreaccount1",
        bundle=Path("/state/bundle.pem"),
        identity_secret="secret",
        state=Path("/state"),
        inherited=inherited,
    )


def test_the_app_finds_every_service() -> None:
    """Each service of the local cloud has its address in the environment."""
    environment = _environment({})
    assert environment["IDENTITY_ENDPOINT"] == "https://127.0.0.1:1/msi/token"
    assert environment["ARM_CLOUD_METADATA_URL"] == "https://127.0.0.1:1/metadata"
    assert environment["LOCALAZURE_BLOB_URI"] == "https://127.0.0.1:2/devstoreaccount1"
    assert environment["LOCALAZURE_INSIGHTS_CONNECTION_STRING"].endswith(
        ";IngestionEndpoint=https://127.0.0.1:1/"
    )
    assert environment["LOCALAZURE_EVENT_HUBS"] == "127.0.0.1:1"
    assert environment["LOCALAZURE_WORKSPACE"] == "w1"
    assert environment["LOCALAZURE_RESOURCE_GROUP"] == "rg1"


def test_no_proxy_stands_between_the_app_and_this_machine() -> None:
    """Loopback addresses are added to the hosts that the user already excepts from the proxy."""
    environment = _environment({"NO_PROXY": "intranet, localhost"})
    assert environment["NO_PROXY"] == "intranet,localhost,127.0.0.1"
    assert environment["no_proxy"] == environment["NO_PROXY"]
