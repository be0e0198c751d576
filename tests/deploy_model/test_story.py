"""From an empty workspace to a switch and back, through the real SDK and the local cloud."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from azure.identity import DefaultAzureCredential
from azure.storage.blob import BlobServiceClient, ContainerClient

from deploy_model.cli import main
from deploy_model.code_folder import Code
from deploy_model.lake import Lake
from deploy_model.model_folder import find_model
from deploy_model.targets import find_target, local_settings
from deploy_model.workspace import Workspace
from tests.deploy_model.folders import write_files, write_model
from tests.support.cloud import RunningCloud, local_cloud

# One workspace, which the first test finds empty; on a busy machine its jobs take their time.
pytestmark = [pytest.mark.xdist_group("deploy_model"), pytest.mark.timeout(600)]
CONFIGURATION = {
    "storage": {"containers": ["lake"]},
    "machine_learning": {"datastores": {"lake": {"container": "lake"}}, "max_nodes": 1},
}


@dataclass
class Terminal:
    """Somebody who types commands for one local cloud."""

    cloud: RunningCloud
    file: Path
    capture: pytest.CaptureFixture[str]
    code: int = 0
    text: str = ""

    def type(self, *arguments: str) -> str:
        """Runs a command; returns all that it says, in one line per line of a table."""
        files = ("--deployment", str(self.file)) if arguments[0] in ("plan", "apply") else ()
        self.code = main([*arguments, *files, "--state", str(self.cloud.state)])
        out, err = self.capture.readouterr()
        self.text = re.sub(r" +", " ", f"{out}{err}")
        return self.text

    def does(self, *arguments: str) -> str:
        """The same, and it must succeed."""
        text = self.type(*arguments)
        assert self.code == 0, text
        return text


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    """A local cloud with an empty workspace."""
    state = tmp_path_factory.mktemp("deploy_model")
    with local_cloud(state, CONFIGURATION, root=state) as cloud, cloud.applied():
        yield cloud


@pytest.fixture
def terminal(
    cloud: RunningCloud,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Terminal:
    """A wide terminal in front of a folder that can be deployed."""
    monkeypatch.setenv("COLUMNS", "300")
    return Terminal(cloud, write_files(tmp_path / "scoring"), capsys)


@pytest.fixture
def lake(cloud: RunningCloud) -> ContainerClient:
    """The container that the datastore names."""
    account = BlobServiceClient(cloud.blob_uri, credential=DefaultAzureCredential())
    return account.get_container_client("lake")


def test_a_model_is_deployed_replaced_and_brought_back(
    terminal: Terminal, lake: ContainerClient
) -> None:
    """The life of a deployment, told once: each command builds on the one before."""
    models = terminal.file.parent / "models"
    write_model(models, "v1")

    text = terminal.does("plan")
    assert "endpoint create anomaly" in text
    assert "8 to do" in text
    assert list(lake.list_blob_names(name_starts_with="models/")) == []

    text = terminal.does("apply")
    assert "smoke smoke-anomaly-fleet-v1-" in text
    assert text.rstrip().endswith("default fleet: created")
    manifest = json.loads(lake.download_blob("models/fleet/v1.manifest.json").readall())
    assert set(manifest["files"]) == {
        *("model.json", "statistics.json", "keys.parquet", "shards/0.bin")
    }
    uploaded = {blob.name: blob.last_modified for blob in lake.list_blobs("models/")}

    assert "nothing to do" in terminal.does("apply")
    assert {blob.name: blob.last_modified for blob in lake.list_blobs("models/")} == uploaded

    # A version is for ever.
    (models / "fleet" / "v1" / "shards" / "0.bin").write_bytes(b"other")
    text = terminal.type("apply")
    assert terminal.code == 2
    assert "model fleet:v1 is there with other content" in text
    write_model(models, "v1")

    # A broken model in the second slot does not become the default.
    write_model(models, "v2", rejects=True)
    text = terminal.type("apply", "--slot", "green", "--switch")
    assert terminal.code == 1
    assert "8 windows were rejected; the first: unknown key; logs: " in text
    assert "the default stays fleet" in text
    status = terminal.does("status")
    assert re.search(r"fleet: model fleet:v1, .*, default\n", status)
    assert re.search(r"fleet-green: model fleet:v2, .*, Succeeded\n", status)

    # In the first slot, a broken one is taken back.
    write_model(models, "v3", raises=True)
    text = terminal.type("apply")
    assert terminal.code == 1
    assert "the model is broken" in text
    assert "it was put back to model fleet:v1" in text
    assert re.search(r"fleet: model fleet:v1, .*, default\n", terminal.does("status"))

    # A good one is switched to, and nothing moves it but a switch.
    write_model(models, "v4")
    text = terminal.does("apply", "--slot", "green", "--switch")
    assert "default fleet-green: updated" in text
    (models / "fleet" / "CURRENT").write_text("v1")
    assert "nothing to do" in terminal.does("apply")

    assert "default fleet-green -> fleet" in terminal.does("switch-back", "--endpoint", "anomaly")
    assert re.search(
        r"fleet-green: model fleet:v4, .*, previous default\n", terminal.does("status")
    )
    assert "default fleet -> fleet-green" in terminal.does("switch", "--to", "fleet-green")
    assert "nothing to do" in terminal.does("switch", "--to", "fleet-green")
    terminal.type("switch", "--to", "blue")
    assert terminal.code == 2


def test_a_half_upload_is_gone_on_with(terminal: Terminal, lake: ContainerClient) -> None:
    """Files that are there are not sent again, others go, and the manifest comes last."""
    models = terminal.file.parent / "models"
    folder = write_model(models, "v9")
    terminal.does("apply", "--slot", "half", "--no-smoke")
    lake.delete_blob("models/fleet/v9.manifest.json")
    lake.delete_blob("models/fleet/v9/keys.parquet")
    lake.upload_blob("models/fleet/v9/left.behind", b"")
    kept = lake.get_blob_client("models/fleet/v9/model.json").get_blob_properties().last_modified

    target = find_target(local_settings(terminal.cloud.environment))
    counts: list[tuple[int, int]] = []
    upload = Lake(target, DefaultAzureCredential()).upload_model
    upload(find_model(folder), lambda done, of: counts.append((done, of)))
    assert counts == [(3, 4), (4, 4)]
    names = {
        name.rpartition("v9")[2]
        for name in lake.list_blob_names(name_starts_with="models/fleet/v9")
    }
    assert "/left.behind" not in names
    assert {"/keys.parquet", ".manifest.json"} <= names
    after = lake.get_blob_client("models/fleet/v9/model.json").get_blob_properties().last_modified
    assert after == kept
    upload(find_model(folder), lambda done, of: counts.append((done, of)))
    assert len(counts) == 2


def test_code_that_another_tool_registered_keeps_its_name(terminal: Terminal) -> None:
    """The service knows code by its content: it is not uploaded again."""
    write_model(terminal.file.parent / "models", "v1")
    script = terminal.file.with_name("score.py")
    script.write_text(f"{script.read_text()}# other code\n")
    target = find_target(local_settings(terminal.cloud.environment))
    workspace = Workspace(target, DefaultAzureCredential())
    workspace.put_code(Code("by-another-tool", "1" * 16, script.parent))
    terminal.does("apply", "--slot", "code", "--no-smoke")
    assert re.search(
        r"fleet-code: model fleet:v1, code by-another-tool:1{16}, ", terminal.does("status")
    )
    assert "nothing to do" in terminal.does("apply", "--slot", "code", "--no-smoke")


def test_files_that_name_what_is_not_there_start_nothing(terminal: Terminal) -> None:
    """Exit code 2, and a line for each problem."""
    write_model(terminal.file.parent / "models", "v1")
    terminal.file.with_name("compute.yml").unlink()
    text = terminal.file.read_text().replace("azureml:cpu-cluster", "azureml:no-cluster")
    terminal.file.write_text(text)
    text = terminal.type("apply", "--slot", "none")
    assert terminal.code == 2
    assert "deployment fleet-none: there is no compute 'no-cluster'" in text
