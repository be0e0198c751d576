"""Batch jobs of an endpoint: submitting one under a name of our own, and how it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from deploy_model.azure_errors import mapped
from deploy_model.errors import NotThereError
from deploy_model.one_line import one_line
from deploy_model.workspace import Workspace, quiet

COMPLETED = "Completed"
ENDED = frozenset({COMPLETED, "Failed", "Canceled", "Paused"})


@dataclass(frozen=True)
class Job:
    """A job as Azure ML tells it; `logs` is where a person reads more."""

    name: str
    status: str
    message: str = ""
    logs: str | None = None

    @property
    def has_ended(self) -> bool:
        """Whether it will not change any more."""
        return self.status in ENDED


class Jobs:
    """The jobs of a workspace. Raises DeployError only."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def find(self, name: str) -> Job | None:
        """The job of that name, or None."""
        try:
            with mapped("Azure ML", f"job {name!r}"), quiet():
                found = self._workspace.client.jobs.get(name)
        except NotThereError:
            return None
        status = found.status
        text = str(status.value) if isinstance(status, Enum) else str(status)
        return Job(name, text, _message(found), _logs(found))

    def submit(self, name: str, endpoint: str, deployment: str, windows: str, scores: str) -> None:
        """Starts a job that scores the folder at `windows` into the folder at `scores`.

        Both are azureml:// addresses that end with a slash. Names of jobs are unique for ever, so
        a request that is sent twice starts one job.
        """
        with mapped("Azure ML", f"job {name!r} at endpoint {endpoint!r}"), quiet():
            from azure.ai.ml import Input, Output

            self._workspace.client.batch_endpoints.invoke(
                endpoint_name=endpoint,
                deployment_name=deployment,
                inputs={"windows": Input(type="uri_folder", path=windows)},
                outputs={"score": Output(type="uri_file", path=f"{scores}predictions.csv")},
                job_name=name,
            )


def _message(job: Any) -> str:
    properties: dict[str, Any] = getattr(job, "properties", None) or {}
    told = [str(v) for k, v in properties.items() if k.lower().endswith(("error", "errormessage"))]
    return one_line("; ".join(dict.fromkeys(text for text in told if text)))


def _logs(job: Any) -> str | None:
    properties: dict[str, Any] = getattr(job, "properties", None) or {}
    told = [str(value) for name, value in properties.items() if name.endswith(".logs")]
    return told[0] if told else getattr(job, "studio_url", None)
