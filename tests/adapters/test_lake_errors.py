"""What the lake says when something is wrong with it."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from azure.core.credentials import AccessToken, TokenCredential
from azure.identity import DefaultAzureCredential

from adapters.lake import Lake, LakeFile
from domain.errors import LakeError, TransientError
from tests.support.cloud import RunningCloud

pytestmark = pytest.mark.xdist_group("cloud")

CALLS: dict[str, Callable[[Lake, Path], Any]] = {
    "list": lambda lake, _: list(lake.list("a")),
    "download": lambda lake, here: lake.download("a", here / "target"),
    "read_range": lambda lake, _: lake.read_range("a", 0, 1),
    "open_ranges": lambda lake, _: lake.open_ranges(LakeFile("a", 10)).read(),
    "upload": lambda lake, here: lake.upload("a", here / "source"),
    "write_json": lambda lake, _: lake.write_json("a", 1),
    "read_json": lambda lake, _: lake.read_json("a"),
    "delete": lambda lake, _: lake.delete("a"),
}
every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())


class OtherAudience:
    """The app's identity, with a token that was issued for another service."""

    def __init__(self, credential: TokenCredential) -> None:
        self._credential = credential

    def get_token(self, *_: str, **__: Any) -> AccessToken:
        """A token, but not for these scopes."""
        return self._credential.get_token("https://vault.azure.net/.default")


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with something to upload."""
    (tmp_path / "source").write_bytes(b"content")
    return tmp_path


def test_a_missing_file_is_named(lake: Lake, folder: str, tmp_path: Path) -> None:
    """A file that is not there is told by its path."""
    for call in (lambda: lake.download(f"{folder}x", tmp_path / "x"), lambda: lake.read_json("y")):
        with pytest.raises(LakeError, match=r"^lake container 'lake': read \S+: BlobNotFound$"):
            call()


@every_call
def test_a_missing_container_is_named(
    cloud: RunningCloud, here: Path, call: Callable[[Lake, Path], Any]
) -> None:
    """Whatever is asked of a container that does not exist, the answer names it."""
    with DefaultAzureCredential() as credential:
        lake = Lake(cloud.blob_uri, "no-such-lake", credential)
        if call is CALLS["delete"]:
            call(lake, here)  # what is not there is deleted already
            return
        with pytest.raises(LakeError, match=r"'no-such-lake': .*ContainerNotFound"):
            call(lake, here)


@every_call
def test_access_denied_names_the_role(
    cloud: RunningCloud, here: Path, call: Callable[[Lake, Path], Any]
) -> None:
    """An identity that the lake refuses learns which role it needs."""
    with DefaultAzureCredential() as credential:
        lake = Lake(cloud.blob_uri, "lake", OtherAudience(credential))
        with pytest.raises(LakeError, match="needs the role Storage Blob Data Contributor"):
            call(lake, here)


@every_call
def test_a_lake_that_is_away_may_come_back(
    cloud: RunningCloud, here: Path, call: Callable[[Lake, Path], Any]
) -> None:
    """A server that does not answer is a reason to try again."""
    with DefaultAzureCredential() as credential:
        lake = Lake(f"{_closed_address()}/account", "lake", credential, retries=0)
        with pytest.raises(
            TransientError, match=r"^lake container 'lake': .* did not succeed for now"
        ):
            call(lake, here)


def test_an_identity_that_is_away_may_come_back(
    cloud: RunningCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an answer from the identity service nothing is known about roles: try again."""
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{_closed_address()}/msi/token")
    with DefaultAzureCredential(retry_total=0) as credential:
        lake = Lake(cloud.blob_uri, "lake", credential, retries=0)
        with pytest.raises(TransientError, match=r"^identity: read a did not succeed for now"):
            lake.read_json("a")


def _closed_address() -> str:
    """An address on this machine that nothing listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"https://127.0.0.1:{free.getsockname()[1]}"
