"""Azure's own SDKs against the running local cloud, as the app uses them."""

import ssl
import subprocess
import sys
from typing import Any

import httpx
import pytest

from tests.support.cloud import PROJECT, RunningCloud

# azure-ai-ml warns about itself at import, and reads its cloud once per process.
_ML_CLIENT = """
import sys
from azure.ai.ml import MLClient
from azure.core.exceptions import HttpResponseError
from azure.identity import DefaultAzureCredential
client = MLClient(DefaultAzureCredential(), "sub", "group", "space")
print(client._base_url)
try:
    client.batch_endpoints.get("nightly")
except HttpResponseError as error:
    print(error.status_code, error.error.code)
"""


def _run(script: str, environment: dict[str, str]) -> str:
    result = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_blobs_are_stored_by_identity(cloud: RunningCloud) -> None:
    """azure-storage-blob with DefaultAzureCredential writes and reads; the container exists."""
    with cloud.applied():
        from azure.identity import DefaultAzureCredential
        from azure.storage.blob import BlobServiceClient

        with (
            DefaultAzureCredential() as credential,
            BlobServiceClient(cloud.blob_uri, credential=credential) as service,
        ):
            assert [container.name for container in service.list_containers()] == ["lake"]
            blob = service.get_blob_client("lake", "raw/ünïcode=1/a.bin")
            blob.upload_blob(b"12345", overwrite=True)
            assert blob.download_blob(offset=1, length=3).readall() == b"234"


def test_blobs_are_refused_without_identity(cloud: RunningCloud) -> None:
    """The storage account does not answer anonymous requests."""
    context = ssl.create_default_context(cafile=cloud.ca_bundle)
    answer = httpx.get(f"{cloud.blob_uri}/lake/a", verify=context)
    assert answer.status_code in (401, 403, 404)
    assert answer.headers["x-ms-error-code"] != "BlobNotFound"


@pytest.mark.parametrize(
    "shell",
    [
        {},
        {"AZURE_CLIENT_ID": "c", "AZURE_TENANT_ID": "t", "AZURE_CLIENT_SECRET": "s"},
        {"AZURE_FEDERATED_TOKEN_FILE": "/none", "AZURE_CLIENT_ID": "c", "AZURE_TENANT_ID": "t"},
        {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"},
    ],
    ids=["plain", "service principal", "workload identity", "proxy"],
)
def test_a_developers_shell_does_not_matter(
    cloud: RunningCloud, shell: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Credentials and proxies of the developer's shell never take the place of the local ones."""
    from azure.identity import DefaultAzureCredential

    for name, value in shell.items():
        monkeypatch.setenv(name, value)
    with cloud.applied(), DefaultAzureCredential() as credential:
        token = credential.get_token("https://database.windows.net/.default")
    assert token.token.count(".") == 2


def test_azure_ml_finds_its_cloud(cloud: RunningCloud) -> None:
    """MLClient takes the metadata, sends a token, and meets a 501 where nothing is imitated."""
    with cloud.applied():
        import os

        lines = _run(_ML_CLIENT, dict(os.environ)).splitlines()
    assert lines == [cloud.url, "501 NotImitated"]


def test_the_certificate_is_good_for_both_names(cloud: RunningCloud) -> None:
    """The server is trusted as 127.0.0.1 and as localhost, under Python's strictest checks."""
    context = ssl.create_default_context(cafile=cloud.ca_bundle)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    for host in ("127.0.0.1", "localhost"):
        url = cloud.url.replace("127.0.0.1", host)
        document: list[dict[str, Any]] = httpx.get(f"{url}/metadata", verify=context).json()
        assert document[0]["resourceManager"] == f"{url}/"
