"""The workspace's operations, without HTTP: what an invocation, a look or a cancellation does."""

import uuid
from datetime import UTC, datetime
from pathlib import Path

from localazure.mlbatch.catalog import Catalog
from localazure.mlbatch.datastores import Resolver
from localazure.mlbatch.errors import InvalidRequestError, MlBatchError
from localazure.mlbatch.invocation import Invocation
from localazure.mlbatch.jobs import Job, JobError
from localazure.mlbatch.lifecycle import UNPREPARED, Status
from localazure.mlbatch.preparation import prepare
from localazure.mlbatch.scheduler import Scheduler
from localazure.mlbatch.spec import JobSpec
from localazure.mlbatch.store import JobStore


class Plane:
    """Accepts jobs, prepares them and hands them to the scheduler."""

    def __init__(
        self,
        catalog: Catalog,
        store: JobStore,
        scheduler: Scheduler,
        resolver: Resolver,
        jobs: Path,
        max_nodes: int,
    ) -> None:
        self.catalog = catalog
        self.store = store
        self._scheduler = scheduler
        self._resolver = resolver
        self._jobs = jobs
        self._max_nodes = max_nodes

    def recover(self) -> None:
        """Take up what an earlier service left."""
        self._scheduler.recover()
        for job in self.store.in_status(UNPREPARED):
            self._prepare(job)
        self._scheduler.admit()

    def invoke(self, endpoint_name: str, deployment_name: str, invocation: Invocation) -> Job:
        """Accept a job; an empty ``deployment_name`` means the endpoint's default.

        Raises:
            NotFoundError: when there is no such endpoint or deployment.
            DefinitionError: when the endpoint's file is broken; a broken deployment fails the job.
            JobExistsError: when the name is taken.
            InvalidRequestError: when no deployment is named and there is no default.
        """
        endpoint = self.catalog.endpoint(endpoint_name)
        wanted = deployment_name or endpoint.definition.defaults.deployment_name
        if not wanted:
            raise InvalidRequestError(
                [f"endpoint '{endpoint_name}' has no default deployment; name one"]
            )
        deployment = self.catalog.deployment(endpoint, wanted)
        job = Job(
            name=invocation.name or f"batchjob-{uuid.uuid4()}",
            endpoint=endpoint.name,
            deployment=deployment.name,
            invocation=invocation.model_dump(mode="json", exclude_defaults=True),
            created_at=datetime.now(UTC),
        )
        self.store.add(job)
        self._prepare(job)
        self._scheduler.admit()
        return self.store.get(job.name)

    def cancel(self, name: str) -> Job:
        """Cancel a job; one that has ended stays as it is."""
        self._scheduler.cancel(self.store.get(name))
        return self.store.get(name)

    def logs(self, job: Job) -> Path:
        """Return the folder of a job's logs."""
        return self._jobs / job.name / "logs"

    def _prepare(self, job: Job) -> None:
        for status in (Status.STARTING, Status.PREPARING):
            if self.store.get(job.name).status is not Status.PREPARING:
                self.store.move(job.name, status)
        try:
            spec = self._spec(job)
        except MlBatchError as error:
            self.store.move(job.name, Status.FAILED, JobError(error.code, str(error)))
            return
        spec.write(self._jobs / job.name)
        self.store.set_instance_count(job.name, spec.settings.instance_count)
        self.store.move(job.name, Status.QUEUED)

    def _spec(self, job: Job) -> JobSpec:
        endpoint = self.catalog.endpoint(job.endpoint)
        deployment = self.catalog.deployment(endpoint, job.deployment)
        invocation = Invocation.model_validate(job.invocation)
        return prepare(job.name, deployment, invocation, self._resolver, self._max_nodes)
