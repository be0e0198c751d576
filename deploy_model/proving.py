"""Proves a deployment with a smoke job: finds the proof, or submits the job and waits for it.

An attempt that failed stays as it is, since names of jobs are unique for ever; the next one has the
next number. A job that runs is adopted, so an interrupted `apply` goes on where it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from deploy_model.deployment_file import WantedDeployment
from deploy_model.errors import SmokeError
from deploy_model.jobs import COMPLETED, Job, Jobs
from deploy_model.lake import Lake
from deploy_model.model_folder import LocalModel
from deploy_model.planning import Step
from deploy_model.smoke import job_name, problems_of, smoke_windows

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 15.0
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Attempt:
    """The newest attempt: its number and job. `proven` says that nothing is left to do."""

    number: int
    job: Job | None = None
    proven: bool = False


@dataclass(frozen=True)
class Smoke:
    """The smoke job of one deployment."""

    endpoint: str
    deployment: WantedDeployment
    model: LocalModel

    @cached_property
    def name(self) -> str:
        """The job's name, without the number of the attempt."""
        d = self.deployment
        return job_name(self.endpoint, d.name, self.model.version, d.resource.fields)

    @cached_property
    def windows(self) -> bytes:
        """What it scores."""
        return smoke_windows(self.model)

    def job(self, attempt: int) -> str:
        """The name of an attempt's job."""
        return f"{self.name}-{attempt}"

    def folder(self, attempt: int) -> str:
        """Where an attempt's windows and predictions are in the lake."""
        return f"smoke/{self.endpoint}/{self.job(attempt)}/"


class Prover:
    """Runs smoke jobs. Raises SmokeError if one does not prove its deployment."""

    def __init__(
        self,
        jobs: Jobs,
        lake: Lake,
        timeout_s: float,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._jobs = jobs
        self._lake = lake
        self._timeout_s = timeout_s
        self._clock = clock
        self._pause = pause

    def step(self, smoke: Smoke, *, is_new: bool) -> Step:
        """What is to be done for a proof. A deployment that `is_new` cannot have one yet."""
        attempt = Attempt(1) if is_new else self._newest(smoke)
        if attempt.proven:
            return Step("smoke", smoke.job(attempt.number), "unchanged")
        note = f"goes on: {attempt.job.status}" if attempt.job else ""
        return Step("smoke", smoke.job(attempt.number), "run", note=note)

    def prove(self, smoke: Smoke, tell: Tell) -> None:
        """Waits for the proof, after submitting a job if none runs."""
        attempt = self._newest(smoke)
        if attempt.proven:
            return
        if attempt.job is None:
            self._submit(smoke, attempt.number)
        job = self._wait(smoke, attempt.number, tell)
        name = smoke.deployment.name
        if job.status != COMPLETED:
            raise SmokeError(name, f"job {job.name} {job.status}: {job.message}", job.logs)
        if problems := self._problems(smoke, attempt.number):
            raise SmokeError(name, f"job {job.name}: {'; '.join(problems)}", job.logs)

    def _newest(self, smoke: Smoke) -> Attempt:
        number = 1
        while True:
            job = self._jobs.find(smoke.job(number))
            if job is None or not job.has_ended:
                return Attempt(number, job)
            if job.status == COMPLETED and not self._problems(smoke, number):
                return Attempt(number, job, proven=True)
            number += 1

    def _problems(self, smoke: Smoke, attempt: int) -> list[str]:
        predictions = self._lake.parquet_files(smoke.folder(attempt) + "scores/")
        return problems_of(smoke.model, smoke.windows, predictions)

    def _submit(self, smoke: Smoke, attempt: int) -> None:
        folder = smoke.folder(attempt)
        self._lake.write(f"{folder}windows/part-000.parquet", smoke.windows)
        self._jobs.submit(
            smoke.job(attempt),
            smoke.endpoint,
            smoke.deployment.name,
            self._lake.uri(f"{folder}windows/"),
            self._lake.uri(f"{folder}scores/"),
        )

    def _wait(self, smoke: Smoke, attempt: int, tell: Tell) -> Job:
        name = smoke.job(attempt)
        until, pause_s = self._clock() + self._timeout_s, FIRST_PAUSE_S
        while True:
            job = self._jobs.find(name)
            if job is not None and job.has_ended:
                return job
            status = job.status if job else "submitted"
            if self._clock() > until:
                reason = f"job {name} is {status} after {self._timeout_s / 60:g} minutes"
                raise SmokeError(
                    smoke.deployment.name,
                    f"{reason}; it goes on, and the next apply waits for it",
                    job.logs if job else None,
                )
            tell(f"{name}: {status}")
            self._pause(pause_s)
            pause_s = min(pause_s * 1.5, LONGEST_PAUSE_S)
