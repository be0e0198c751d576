"""Azure ML batch endpoints, through azure-ai-ml and by identity.

Jobs have names of our own, so a submission is idempotent: look first, adopt what is there.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError

from adapters.azure_errors import mapped
from adapters.ml_workspace import MlWorkspace, text_of
from domain.errors import EndpointError, TransientError, first_line

_ONE_INVOKE_AT_A_TIME = threading.Lock()
"""The SDK's invoke fills in a module-wide dict of headers, the deployment's name among them: calls
from several threads would run each other's deployment."""


@dataclass(frozen=True)
class JobView:
    """A job as Azure ML tells it: its status, and what it says about its failure."""

    status: str
    message: str


@dataclass(frozen=True)
class Deployment:
    """A deployment, as far as it matters to runs: how many worker processes share a job's files.

    `compute` is the cluster's name; `instances` nodes have `concurrency` workers each.
    """

    name: str
    compute: str | None
    instances: int
    concurrency: int


class BatchEndpoints(MlWorkspace):
    """The batch endpoints of one workspace. Raises EndpointError or TransientError only."""

    def deployment(self, endpoint: str, deployment: str | None) -> Deployment:
        """The deployment that scores: the given one, or the endpoint's default.

        Raises EndpointError if there is no such endpoint or deployment.
        """
        with _mapped(f"endpoint {endpoint!r}"):
            found = self._client.batch_endpoints.get(endpoint)
        name: str | None = deployment or getattr(found.defaults, "deployment_name", None)
        if name is None:
            raise EndpointError(
                f"endpoint {endpoint!r} has no default deployment; set `model.deployment`"
            )
        with _mapped(f"deployment {name!r} of endpoint {endpoint!r}"):
            known = self._client.batch_deployments.get(name, endpoint)
        compute: str | None = getattr(known, "compute", None)
        return Deployment(
            name=name,
            compute=compute.rsplit("/", 1)[-1].removeprefix("azureml:") if compute else None,
            instances=int(getattr(known.resources, "instance_count", None) or 1),
            concurrency=int(getattr(known, "max_concurrency_per_instance", None) or 1),
        )

    def find(self, job_name: str) -> JobView | None:
        """The job of that name, or None."""
        try:
            with _mapped(f"job {job_name!r}"):
                job = self._client.jobs.get(job_name)
        except EndpointError as error:
            if isinstance(error.__cause__, ResourceNotFoundError):
                return None
            raise
        return JobView(status=text_of(job.status), message=_what_it_says(job))

    def submit(
        self,
        job_name: str,
        *,
        endpoint: str,
        deployment: str,
        input_folder: str,
        output_folder: str,
        mini_batch_size: int | None = None,
    ) -> bool:
        """Starts a job that scores the lake's `input_folder` into `output_folder`.

        Both are paths in the container that end with a slash. Answers False if a job of that name
        was there already: it is adopted.
        """
        from azure.ai.ml import Input, Output

        root = f"azureml://datastores/{self._workspace.datastore}/paths/"
        options: list[dict[str, Any]] = []
        if mini_batch_size is not None:
            options.append({"mini_batch_size": mini_batch_size})
        try:
            with _ONE_INVOKE_AT_A_TIME, _mapped(f"job {job_name!r} at endpoint {endpoint!r}"):
                self._client.batch_endpoints.invoke(
                    endpoint_name=endpoint,
                    deployment_name=deployment,
                    inputs={"windows": Input(type="uri_folder", path=root + input_folder)},
                    outputs={
                        "score": Output(
                            type="uri_file", path=f"{root}{output_folder}predictions.csv"
                        )
                    },
                    job_name=job_name,
                    params_override=options,
                )
        except EndpointError as error:
            if isinstance(error.__cause__, ResourceExistsError):
                return False
            raise
        return True

    def cancel(self, job_name: str) -> None:
        """Asks a job to stop. One that has ended, or never was, is stopped already."""
        try:
            with _mapped(f"cancelling job {job_name!r}"):
                self._client.jobs.begin_cancel(job_name)
        except EndpointError as error:
            ended = isinstance(error.__cause__, ResourceNotFoundError | ResourceExistsError)
            status = getattr(error.__cause__, "status_code", None)
            if not (ended or status in (400, 409)):
                raise


def _what_it_says(job: Any) -> str:
    """Whatever the job's properties tell about an error."""
    properties: dict[str, Any] = getattr(job, "properties", None) or {}
    told = [str(v) for k, v in properties.items() if k.lower().endswith(("error", "errormessage"))]
    return "; ".join(dict.fromkeys(text for text in told if text))


@contextmanager
def _mapped(what: str) -> Iterator[None]:
    """The one place where azure-ai-ml's errors become ours."""
    from azure.ai.ml.exceptions import (
        UserErrorException,
        ValidationException,
    )

    try:
        with mapped("Azure ML", what, EndpointError, "AzureML Data Scientist"):
            yield
    except TransientError as error:
        # Of this library's own errors, these two tell of a mistake that stays.
        cause = error.__cause__
        if isinstance(cause, ValidationException | UserErrorException):
            raise EndpointError(f"Azure ML: {what}: {first_line(cause)}") from cause
        raise
