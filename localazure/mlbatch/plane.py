"""The workspace's operations, without HTTP: what an invocation, a look or a cancellation does."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from localazure.mlbatch.admission import Admission
from localazure.mlbatch.catalog import Catalog
from localazure.mlbatch.computes import Compute, Computes
from localazure.mlbatch.errors import InvalidRequestError
from localazure.mlbatch.faults import Faults
from localazure.mlbatch.invocation import Invocation
from localazure.mlbatch.jobs import Job
from localazure.mlbatch.lifecycle import UNPREPARED
from localazure.mlbatch.logs import Logs
from localazure.mlbatch.metering import Meter
from localazure.mlbatch.scheduler import Scheduler
from localazure.mlbatch.store import JobStore


@dataclass(frozen=True)
class Plane:
    """All that a request may need; the parts that only look are used as they are."""

    catalog: Catalog
    computes: Computes
    store: JobStore
    meter: Meter
    faults: Faults
    logs: Logs
    scheduler: Scheduler
    admission: Admission

    def recover(self) -> None:
        """Take up what an earlier service left."""
        self.meter.settle()
        self.scheduler.recover()
        for job in self.store.in_status(UNPREPARED):
            self.admission.begin(job)
        self.scheduler.step()

    async def close(self) -> None:
        """Stop all jobs and release the files."""
        await self.admission.close()
        await self.scheduler.close()
        for part in (self.computes, self.meter, self.store):
            part.close()

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
        self.admission.begin(job)
        return job

    def cancel(self, name: str) -> Job:
        """Cancel a job; one that has ended stays as it is."""
        self.scheduler.cancel(self.store.get(name))
        return self.store.get(name)

    def put_compute(self, compute: Compute) -> None:
        """Create or change a compute; it scales at once."""
        self.computes.put(compute)
        self.scheduler.step()

    def delete_compute(self, name: str) -> None:
        """Delete a compute with its idle nodes; what runs on it runs to its end.

        Raises:
            InUseError: when a file defines it.
            NotFoundError: when there is none.
        """
        self.computes.delete(name)
        self.scheduler.fleet.cluster(name).drop_idle()
        self.scheduler.step()
