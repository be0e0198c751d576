"""How a proof is found, adopted, or tried again."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import pytest

from deploy_model.errors import SmokeError
from deploy_model.jobs import Job, Jobs
from deploy_model.lake import Lake
from deploy_model.model_folder import find_model
from deploy_model.planning import Resource
from deploy_model.proving import Prover, Smoke
from tests.deploy_model.folders import write_model
from tests.deploy_model.test_smoke import parquet, predictions


@dataclass
class Service:
    """Jobs and lake in one: a job that was submitted goes through `life`, a look at a time."""

    life: list[str]
    jobs: dict[str, list[str]] = field(default_factory=dict)
    scores: dict[str, BytesIO] = field(default_factory=dict)
    good: bool = True

    def find(self, name: str) -> Job | None:
        """The next status of the job's life."""
        if name not in self.jobs:
            return None
        life = self.jobs[name]
        status = life.pop(0) if len(life) > 1 else life[0]
        return Job(name, status, "it broke" if status == "Failed" else "", "the logs")

    def submit(self, name: str, *_: str) -> None:
        """Starts a life; a name is taken once."""
        assert name not in self.jobs
        self.jobs[name] = list(self.life)

    def write(self, path: str, content: bytes) -> None:
        """The windows arrive, and with them what will be predicted."""
        table = predictions(content, "v1" if self.good else "v0")
        self.scores[path.replace("windows/part-000.parquet", "scores/")] = parquet(table)

    def parquet_files(self, folder: str) -> list[BytesIO]:
        """The predictions of a job."""
        return [BytesIO(self.scores[folder].getvalue())] if folder in self.scores else []

    def uri(self, path: str) -> str:
        """As it is."""
        return path


@pytest.fixture
def smoke(tmp_path: Path) -> Smoke:
    """The smoke job of a deployment."""

    @dataclass
    class Wanted:
        name: str
        resource: Resource

    model = find_model(write_model(tmp_path, "v1"))
    wanted = Wanted("fleet", Resource("deployment", "fleet", {"model": "fleet:v1"}))
    return Smoke("anomaly", cast(Any, wanted), model)


def prover(service: Service, timeout_s: float = 60.0) -> Prover:
    """A prover whose time passes by its own pauses."""
    times = [0.0]

    def pause(seconds: float) -> None:
        times[0] += seconds

    jobs, lake = cast(Jobs, service), cast(Lake, service)
    return Prover(jobs, lake, timeout_s, clock=lambda: times[0], pause=pause)


def test_a_proof_is_found_again(smoke: Smoke) -> None:
    """What was proven once is not proven twice."""
    service = Service(["Queued", "Running", "Completed"])
    assert prover(service).step(smoke, is_new=False).action == "run"
    told: list[str] = []
    prover(service).prove(smoke, told.append)
    assert told == [f"{smoke.job(1)}: Queued", f"{smoke.job(1)}: Running"]
    assert prover(service).step(smoke, is_new=False).action == "unchanged"
    prover(service).prove(smoke, told.append)
    assert list(service.jobs) == [smoke.job(1)]


def test_a_job_that_runs_is_adopted(smoke: Smoke) -> None:
    """An apply that was interrupted while it waited starts no second job."""
    service = Service(["Running", "Running", "Running", "Completed"])
    with pytest.raises(SmokeError, match=r"is Running after .*; it goes on"):
        prover(service, timeout_s=0.001).prove(smoke, lambda _: None)
    step = prover(service).step(smoke, is_new=False)
    assert (step.action, step.name, step.note) == ("run", smoke.job(1), "goes on: Running")
    prover(service).prove(smoke, lambda _: None)
    assert list(service.jobs) == [smoke.job(1)]


def test_a_failed_attempt_is_told_and_followed_by_the_next(smoke: Smoke) -> None:
    """Names of jobs are unique for ever: the second attempt has the second number."""
    service = Service(["Failed"])
    with pytest.raises(SmokeError, match="-1 Failed: it broke; logs: the logs"):
        prover(service).prove(smoke, lambda _: None)
    service.life = ["Completed"]
    prover(service).prove(smoke, lambda _: None)
    assert list(service.jobs) == [smoke.job(1), smoke.job(2)]


def test_predictions_that_are_wrong_prove_nothing(smoke: Smoke) -> None:
    """A job that completed is no proof by itself."""
    service = Service(["Completed"], good=False)
    with pytest.raises(SmokeError, match="`model_version` must be v1; got v0"):
        prover(service).prove(smoke, lambda _: None)
    assert prover(service).step(smoke, is_new=False).name == smoke.job(2)
