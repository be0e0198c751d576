"""The bodies of answers, in the shapes that azure-ai-ml's models expect.

What is not Azure's own is in a job's ``properties`` under keys that start with ``localazure.``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from localazure.mlbatch.catalog import Deployment, Endpoint
from localazure.mlbatch.invocation import Invocation
from localazure.mlbatch.jobs import Job

_PROVIDER = "Microsoft.MachineLearningServices"
_LOCATION = "local"
_ACTIONS = {"append_row": "AppendRow", "summary_only": "SummaryOnly"}
_LEVELS = {"warning": "Warning", "info": "Info", "debug": "Debug"}

Body = dict[str, Any]


@dataclass(frozen=True)
class Workspace:
    """Writes bodies for one workspace; ``base_url`` is the server's, without a slash at its end."""

    subscription_id: str
    resource_group: str
    name: str
    base_url: str

    @property
    def id(self) -> str:
        """The workspace's ARM id, which is also the path of its resources."""
        return (
            f"/subscriptions/{self.subscription_id}/resourceGroups/{self.resource_group}"
            f"/providers/{_PROVIDER}/workspaces/{self.name}"
        )

    def workspace(self) -> Body:
        """Return the workspace itself."""
        properties = {
            "friendlyName": self.name,
            "workspaceId": self.name,
            "discoveryUrl": f"{self.base_url}/mlbatch/discovery",
            "provisioningState": "Succeeded",
        }
        return self._resource(self.id, "", self.name, properties, location=_LOCATION)

    def endpoint(self, endpoint: Endpoint) -> Body:
        """Return a batch endpoint."""
        definition = endpoint.definition
        properties = {
            "authMode": "AADToken",
            "description": definition.description,
            "properties": definition.properties,
            "defaults": {"deploymentName": definition.defaults.deployment_name},
            "scoringUri": f"{self.base_url}/mlbatch/{endpoint.name}/jobs",
            "provisioningState": "Succeeded",
        }
        return self._child("batchEndpoints", endpoint.name, properties, tags=definition.tags)

    def deployment(self, deployment: Deployment) -> Body:
        """Return a deployment; one whose file is broken shows as failed, with the reason."""
        parent = f"batchEndpoints/{deployment.endpoint}/deployments"
        definition = deployment.definition
        if definition is None:
            properties: Body = {
                "provisioningState": "Failed",
                "description": str(deployment.problem),
            }
            return self._child(parent, deployment.name, properties)
        settings = definition.settings
        properties = {
            "description": definition.description,
            "properties": definition.properties,
            "codeConfiguration": {
                "codeId": str(deployment.folder / definition.code_configuration.code),
                "scoringScript": str(definition.code_configuration.scoring_script),
            },
            "compute": definition.compute,
            "environmentVariables": settings.environment_variables,
            "errorThreshold": settings.error_threshold,
            "loggingLevel": _LEVELS[settings.logging_level],
            "maxConcurrencyPerInstance": settings.max_concurrency_per_instance,
            "miniBatchSize": settings.mini_batch_size,
            "outputAction": _ACTIONS[settings.output_action],
            "outputFileName": settings.output_file_name,
            "resources": {"instanceCount": settings.instance_count},
            "retrySettings": {
                "maxRetries": settings.retry_settings.max_retries,
                "timeout": f"PT{settings.retry_settings.timeout}S",
            },
            "provisioningState": "Succeeded",
        }
        return self._child(parent, deployment.name, properties, tags=definition.tags)

    def job(self, job: Job, logs: str) -> Body:
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
            "properties": _properties(job, logs),
            "services": {},
            "isArchived": False,
        }
        body = self._child("jobs", job.name, properties)
        body["systemData"] = {"createdAt": job.created_at.isoformat(), "createdByType": "User"}
        return body

    def run_details(self, job: Job) -> Body:
        """Return a job as the run history shows it; it is Azure's place for a job's error."""
        error = job.error
        return {
            "runId": job.name,
            "status": job.status,
            "createdTimeUtc": _moment(job.created_at),
            "startTimeUtc": _moment(job.started_at),
            "endTimeUtc": _moment(job.ended_at),
            "error": {"error": {"code": error.code, "message": error.message}} if error else None,
            "logFiles": {},
            "warnings": _warnings(job),
        }

    def datastore(self, name: str, container: str, account_url: str) -> Body:
        """Return a datastore."""
        scheme, _, rest = account_url.partition("://")
        endpoint, _, account = rest.rpartition("/")
        properties = {
            "datastoreType": "AzureBlob",
            "accountName": account,
            "containerName": container,
            "credentials": {"credentialsType": "None"},
            "endpoint": endpoint,
            "protocol": scheme,
            "serviceDataAccessAuthIdentity": "WorkspaceSystemAssignedIdentity",
        }
        return self._child("datastores", name, properties)

    def _child(
        self, kind: str, name: str, properties: Body, tags: Mapping[str, object] | None = None
    ) -> Body:
        location = _LOCATION if kind.startswith("batch") else None
        return self._resource(f"{self.id}/{kind}/{name}", kind, name, properties, tags, location)

    def _resource(
        self,
        resource_id: str,
        kind: str,
        name: str,
        properties: Body,
        tags: Mapping[str, object] | None = None,
        location: str | None = None,
    ) -> Body:
        kinds = [part for index, part in enumerate(kind.split("/")) if index % 2 == 0 and part]
        body: Body = {
            "id": resource_id,
            "name": name,
            "type": "/".join([_PROVIDER, "workspaces", *kinds]),
            "properties": properties,
            "tags": dict(tags or {}),
        }
        if location:
            body["location"] = location
        return body


def page(items: Iterable[Body], next_link: str | None = None) -> Body:
    """Return one page of a list."""
    return {"value": list(items), "nextLink": next_link}


def _properties(job: Job, logs: str) -> dict[str, str]:
    """Return what a caller may want to know of a job beyond Azure's own fields, as text."""
    told: dict[str, object] = {
        "endpoint": job.endpoint,
        "deployment": job.deployment,
        "instance_count": job.instance_count,
        **asdict(job.progress),
        "error_code": job.error.code if job.error else None,
        "error": job.error.message if job.error else None,
        "started_at": _moment(job.started_at),
        "ended_at": _moment(job.ended_at),
        "logs": logs,
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
