"""Batch endpoints, through azure-ai-ml against the local Azure ML."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from azure.identity import DefaultAzureCredential

from adapters.batch_endpoint import BatchEndpoints
from adapters.lake import Lake
from adapters.ml_workspace import Workspace
from domain.errors import EndpointError, TransientError
from domain.jobs import Phase, phase_of
from tests.support.cloud import RunningCloud
from tests.support.waiting import wait_until

pytestmark = [
    pytest.mark.xdist_group("cloud"),
    # The SDK's own imports use what marshmallow deprecates.
    pytest.mark.filterwarnings("ignore::marshmallow.warnings.RemovedInMarshmallow4Warning"),
]


@dataclass
class Hand:
    """The adapter, and what it takes to give it jobs."""

    endpoints: BatchEndpoints
    lake: Lake
    here: Path

    def put(self, *texts: str) -> str:
        """Writes a folder of files; answers its path with a slash at the end."""
        folder = f"in/{uuid.uuid4()}/"
        for number, text in enumerate(texts):
            file = self.here / "text"
            file.write_text(text)
            self.lake.upload(f"{folder}part-{number}.txt", file)
        return folder

    def submit(self, *texts: str, name: str | None = None, deployment: str = "first") -> str:
        """Starts a job on these files; answers its name."""
        name = name or f"job-{uuid.uuid4()}"
        assert self.endpoints.submit(
            name,
            endpoint="samples",
            deployment=deployment,
            input_folder=self.put(*texts),
            output_folder=f"out/{name}/",
        )
        return name

    def status(self, name: str) -> str:
        """The status of a job that is there."""
        view = self.endpoints.find(name)
        assert view is not None
        return view.status

    def wait_for(self, name: str, status: str) -> None:
        """Waits until the job has this status, in Azure ML's words; fails if it ends with another.

        Every status on the way must be a key of the life-cycle table, not the name of an enum.
        """

        def reached() -> bool:
            now = self.status(name)
            assert now == status or phase_of(now) is Phase.ACTIVE, now
            return now == status

        wait_until(reached, description=f"{name} is {status}", timeout_s=60)

    def who(self, name: str) -> set[str]:
        """Which deployments wrote into the job's output."""
        files = [f.path for f in self.lake.list(f"out/{name}/") if f.path.endswith(".who")]
        return {self.lake.read_range(path, 0, 100).decode() for path in files}


@pytest.fixture
def hand(cloud: RunningCloud, lake: Lake, tmp_path: Path) -> Iterator[Hand]:
    """The adapter, in the workspace of the local cloud."""
    from azure.ai.ml import _azure_environments

    # The SDK asks for the addresses of its cloud once per process; this process may meet several.
    _azure_environments._environments.pop("LocalCloud", None)
    names = cloud.environment
    workspace = Workspace(
        names["LOCALAZURE_SUBSCRIPTION_ID"],
        names["LOCALAZURE_RESOURCE_GROUP"],
        names["LOCALAZURE_WORKSPACE"],
        "lake",
    )
    with DefaultAzureCredential() as credential:
        yield Hand(BatchEndpoints(workspace, credential), lake, tmp_path)
    _azure_environments._environments.pop("LocalCloud", None)


def test_the_deployment_is_the_given_one_or_the_default(hand: Hand) -> None:
    """A pipeline may name a deployment; otherwise the endpoint's default scores."""
    assert hand.endpoints.deployment("samples", None).name == "first"
    assert hand.endpoints.deployment("samples", "second").name == "second"


def test_an_endpoint_that_does_not_exist_is_named(hand: Hand) -> None:
    """The sentence says what is missing."""
    with pytest.raises(EndpointError, match=r"Azure ML: endpoint 'nowhere': not found: "):
        hand.endpoints.deployment("nowhere", None)


def test_a_deployment_that_does_not_exist_is_named(hand: Hand) -> None:
    """The sentence says what is missing, and of which endpoint."""
    with pytest.raises(EndpointError, match=r"deployment 'third' of endpoint 'samples': not found"):
        hand.endpoints.deployment("samples", "third")


def test_an_endpoint_without_default_says_what_to_do(hand: Hand) -> None:
    """Who names no deployment needs an endpoint that has a default."""
    with pytest.raises(EndpointError, match=r"no default deployment; set `model\.deployment`"):
        hand.endpoints.deployment("undecided", None)


def test_a_job_that_is_not_there_is_none(hand: Hand) -> None:
    """Looking for a job that was never submitted is no error."""
    assert hand.endpoints.find("never-submitted") is None


def test_a_job_is_submitted_once(hand: Hand) -> None:
    """A second submission under the same name adopts the first; its status is Azure ML's word."""
    name = hand.submit("a", "b")
    again = hand.endpoints.submit(
        name,
        endpoint="samples",
        deployment="first",
        input_folder=hand.put("other"),
        output_folder=f"out/{name}/",
    )
    assert again is False
    hand.wait_for(name, "Completed")
    notes = [f.path for f in hand.lake.list(f"out/{name}/") if f.path.endswith(".who")]
    assert [Path(note).name for note in notes] == ["part-0.who", "part-1.who"]


def test_threads_get_the_deployment_they_asked_for(hand: Hand) -> None:
    """Jobs that are submitted at the same time do not run each other's deployment."""
    wanted = {f"job-{uuid.uuid4()}": who for who in ("first", "second") * 3}
    folders = {name: hand.put("a") for name in wanted}

    def submit(name: str) -> bool:
        return hand.endpoints.submit(
            name,
            endpoint="samples",
            deployment=wanted[name],
            input_folder=folders[name],
            output_folder=f"out/{name}/",
            mini_batch_size=1,
        )

    with ThreadPoolExecutor(len(wanted)) as pool:
        assert all(pool.map(submit, wanted))
    for name in wanted:
        hand.wait_for(name, "Completed")
    assert {name: hand.who(name) for name in wanted} == {n: {w} for n, w in wanted.items()}


def test_a_failed_job_says_why(hand: Hand) -> None:
    """The view of a failed job carries what its script raised."""
    name = hand.submit("raise")
    hand.wait_for(name, "Failed")
    view = hand.endpoints.find(name)
    assert view is not None and "a score that cannot be" in view.message


def test_cancelling_twice_is_cancelling_once(hand: Hand) -> None:
    """A running job stops; cancelling it again, or one that ended or never was, is no error."""
    name = hand.submit("hang")
    hand.wait_for(name, "Running")
    hand.endpoints.cancel(name)
    hand.endpoints.cancel(name)
    hand.wait_for(name, "Canceled")
    hand.endpoints.cancel(name)
    hand.endpoints.cancel("never-submitted")
    assert hand.status(name) == "Canceled"


def test_a_workspace_that_is_away_may_come_back(
    hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An identity that does not answer is a reason to try again."""
    monkeypatch.setenv("IDENTITY_ENDPOINT", "https://127.0.0.1:1/msi/token")
    with DefaultAzureCredential(retry_total=0) as credential:
        away = BatchEndpoints(Workspace("s", "g", "w", "lake"), credential)
        with pytest.raises(TransientError, match=r"^identity: "):
            away.find("any")
