"""The bodies of answers about jobs: in the management API, and in the run history.

What is not Azure's own is in a job's ``properties`` under keys that start with ``localazure.``.
"""

from dataclasses import asdict, dataclass
from datetime import datetime

from localazure.mlbatch.invocation import Invocation
from localazure.mlbatch.jobs import Job
from localazure.mlbatch.logs import child_of
from localazure.mlbatch.plane import Plane
from localazure.mlbatch.responses import Body, Workspace

# How Azure ML shows the one step of a batch job.
_STEP = "batchscoring"
_SHOWN_SECONDS_DIGITS = 3


@dataclass(frozen=True)
class JobBodies:
    """Writes bodies for the jobs of one workspace."""

    workspace: Workspace
    plane: Plane

    def job(self, job: Job) -> Body:
        """Return a job as the management API and the invocation show it."""
        invocation = Invocation.model_validate(job.invocation)
        experiment = invocation.properties.get("experimentName") or job.endpoint
        properties = {
            "jobType": "Pipeline",
            "displayName": job.name,
            "experimentName": experiment,
            "status": job.status,
            "inputs": {
                key: {"jobInputType": _snake(item.job_input_type), "uri": item.uri}
                for key, item in invocation.input_data.items()
            },
            "outputs": {
                key: {"jobOutputType": _snake(item.job_output_type), "uri": item.uri}
                for key, item in invocation.output_data.items()
            },
            "properties": self._properties(job),
            "services": {},
            "isArchived": False,
        }
        body = self.workspace.child("jobs", job.name, properties)
        body["systemData"] = {"createdAt": job.created_at.isoformat(), "createdByType": "User"}
        return body

    def run_details(self, job: Job, *, child: bool) -> Body:
        """Return a job, or its scoring run; Azure's place for a job's error and its logs."""
        error = job.error
        return {
            "runId": child_of(job.name) if child else job.name,
            "parentRunId": job.name if child else None,
            "status": job.status,
            "createdTimeUtc": _moment(job.created_at),
            "startTimeUtc": _moment(job.started_at),
            "endTimeUtc": _moment(job.ended_at),
            "error": {"error": {"code": error.code, "message": error.message}} if error else None,
            "logFiles": self.plane.logs.addresses(job, self.workspace.base_url, child=child),
            "warnings": _warnings(job),
        }

    def child_run(self, job: Job) -> Body:
        """Return the run that scores for a job, as the run history lists it."""
        return {
            "runId": child_of(job.name),
            "parentRunId": job.name,
            "rootRunId": job.name,
            "displayName": _STEP,
            "experimentId": job.endpoint,
            "status": job.status,
            "createdUtc": _moment(job.created_at),
            "startTimeUtc": _moment(job.started_at),
            "endTimeUtc": _moment(job.ended_at),
            "compute": {"target": job.compute, "nodeCount": job.instance_count},
            "properties": self._properties(job),
            "tags": {},
        }

    def _properties(self, job: Job) -> dict[str, str]:
        """Return what a caller may want to know beyond Azure's own fields, as text."""
        seconds = self.plane.meter.of_job(job.name)
        told: dict[str, object] = {
            "endpoint": job.endpoint,
            "deployment": job.deployment,
            "compute": job.compute,
            "instance_count": job.instance_count,
            "node_seconds": round(seconds, _SHOWN_SECONDS_DIGITS),
            **asdict(job.progress),
            "error_code": job.error.code if job.error else None,
            "error": job.error.message if job.error else None,
            "started_at": _moment(job.started_at),
            "ended_at": _moment(job.ended_at),
            "statuses": " ".join(status for _, status in self.plane.store.history(job.name)),
            "logs": self.plane.logs.folder(job.name),
        }
        return {f"localazure.{key}": str(value) for key, value in told.items() if value is not None}


def _warnings(job: Job) -> list[Body]:
    """Return what a job that went on regardless should not keep to itself."""
    progress = job.progress
    if not progress.files_failed:
        return []
    failed = f"{progress.files_failed} of {progress.files_total} files were not scored"
    return [{"source": "batch", "message": f"{failed}; first error: {progress.first_error}"}]


def _moment(value: datetime | None) -> str | None:
    return value.isoformat() if value else None


def _snake(kind: str) -> str:
    return {"UriFile": "uri_file", "UriFolder": "uri_folder"}[kind]
