"""The management calls of azure-ai-ml, and how the stand-in refuses what Azure would refuse."""

import ssl
import time
from collections.abc import Mapping
from typing import Any

import httpx
import jwt
import pytest
from azure.ai.ml.exceptions import JobException, ValidationException
from azure.core.exceptions import (
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)
from azure.identity import DefaultAzureCredential

from tests.localazure.mlbatch.conftest import LAKE, Input, Lab, MLClient

_INPUT = {"parts": {"jobInputType": "UriFolder", "uri": f"{LAKE}/in/none"}}


def test_the_workspace_and_its_parts_are_described(lab: Lab) -> None:
    """What the YAML files say arrives in the SDK's own entities."""
    assert lab.ml.workspaces.get(lab.ml.workspace_name).name == "windrow"
    endpoint = lab.ml.batch_endpoints.get("samples")
    assert (endpoint.auth_mode, endpoint.defaults.deployment_name) == ("aad_token", "rows")
    assert [item.name for item in lab.ml.batch_endpoints.list()] == ["samples"]
    deployment = lab.ml.batch_deployments.get("rows", "samples")
    assert deployment.mini_batch_size == 2
    assert deployment.retry_settings.timeout == 30
    assert deployment.environment_variables == {"GREETING": "hello"}
    listed = {item.name: item for item in lab.ml.batch_deployments.list("samples")}
    assert listed["broken"].provisioning_state == "Failed"
    assert listed["files"].provisioning_state == "Succeeded"
    assert lab.ml.datastores.get("lake").container_name == "lake"
    assert lab.ml.datastores.get_default().name == "workspaceblobstore"
    assert {item.name for item in lab.ml.datastores.list()} == {"lake", "workspaceblobstore"}


def test_jobs_are_listed_newest_first(lab: Lab) -> None:
    """Both lists of the SDK show the jobs: the workspace's and the endpoint's."""
    first, second = (lab.submit(lab.put("a")) for _ in range(2))
    of_workspace = [job.name for job in lab.ml.jobs.list()]
    of_endpoint = [job.name for job in lab.ml.batch_endpoints.list_jobs("samples")]
    assert of_workspace[:2] == of_endpoint[:2] == [second, first]
    lab.wait_for(first, "Completed")
    lab.wait_for(second, "Completed")


def test_what_does_not_exist_is_not_found(lab: Lab) -> None:
    """Azure's error code makes the SDK raise its own exception."""
    ml = lab.ml
    other = MLClient(DefaultAzureCredential(), ml.subscription_id, "elsewhere", "windrow")
    for look in (
        lambda: ml.batch_endpoints.get("nope"),
        lambda: ml.batch_deployments.get("nope", "samples"),
        lambda: ml.jobs.get("nope"),
        lambda: ml.jobs.begin_cancel("nope"),
        lambda: ml.datastores.get("nope"),
        lambda: other.batch_endpoints.get("samples"),
        lambda: ml.batch_endpoints.invoke(
            endpoint_name="nope", inputs={"parts": Input(type="uri_folder", path=f"{LAKE}/x")}
        ),
    ):
        with pytest.raises(ResourceNotFoundError):
            look()


def test_an_unknown_deployment_is_refused(lab: Lab) -> None:
    """The SDK looks at the list of deployments before it invokes."""
    with pytest.raises(ValidationException, match="Deployment name nope not found"):
        lab.submit("in/x", "nope")


def test_a_job_name_is_taken_for_ever(lab: Lab) -> None:
    """The second job of a name is a conflict, even when the first has ended."""
    job = lab.run(lab.put("a"))
    with pytest.raises(ResourceExistsError, match="already exists"):
        lab.submit("in/x", name=job["name"])


def test_a_wrong_invocation_is_told_all_that_is_wrong(lab: Lab) -> None:
    """One answer names every field that breaks a rule."""
    settings = [{"mini_batch_size": 0}, {"error_threshold": -2}]
    with pytest.raises(HttpResponseError) as caught:
        lab.submit("in/x", name="no spaces here", settings=settings)
    assert caught.value.status_code == 400
    for field in ("properties.name", "properties.miniBatchSize", "properties.errorThreshold"):
        assert f"`{field}`" in str(caught.value)


def test_the_sdk_streams_a_failed_job_to_its_reason(lab: Lab) -> None:
    """The run history tells why a job failed, as it does in Azure."""
    job = lab.run(lab.put("a"), "unready")
    with pytest.raises(JobException, match="no model here"):
        lab.ml.jobs.stream(job["name"])


def test_the_default_deployment_answers_when_none_is_named(lab: Lab) -> None:
    """A call without the deployment's header goes to the endpoint's default."""
    body = _post(lab, {"inputData": _INPUT}).json()
    assert body["properties"]["properties"]["localazure.deployment"] == "rows"
    body = _post(lab, {"inputData": _INPUT}, **{"azureml-model-deployment": "tables"}).json()
    assert body["properties"]["properties"]["localazure.deployment"] == "tables"


@pytest.mark.parametrize(
    ("properties", "field"),
    [
        ({}, "properties.inputData"),
        ({"inputData": {}}, "exactly one input"),
        ({"inputData": _INPUT, "speed": 9}, "properties.speed"),
        ({"inputData": {"x": {"jobInputType": "MLTable", "uri": "a"}}}, "jobInputType"),
        ({"inputData": _INPUT, "outputData": {"s": {"uri": "a"}}}, "jobOutputType"),
    ],
)
def test_a_wrong_body_is_refused(lab: Lab, properties: Mapping[str, Any], field: str) -> None:
    """A body that Azure ML would not understand is a bad request."""
    answer = _post(lab, properties)
    assert answer.status_code == 400
    assert field in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "claims",
    [
        None,
        {"aud": "https://storage.azure.com"},
        {"aud": "https://ml.azure.com", "exp": int(time.time()) - 60},
    ],
)
def test_a_wrong_token_is_refused(lab: Lab, claims: Mapping[str, Any] | None) -> None:
    """Without a token, with another service's, or with an old one, the answer is 401."""
    assert _post(lab, {"inputData": _INPUT}, token=claims).status_code == 401
    path = f"{lab.ml.batch_endpoints.get('samples').id}?api-version=2023-10-01"
    headers = {"Authorization": f"Bearer {_token(claims)}"} if claims else {}
    with _client(lab) as client:
        assert client.get(path, headers=headers).status_code == 401


def test_management_calls_need_an_api_version(lab: Lab) -> None:
    """Any version is taken, none is refused."""
    path = lab.ml.batch_endpoints.get("samples").id
    headers = {"Authorization": f"Bearer {_token({'aud': 'https://management.azure.com'})}"}
    with _client(lab) as client:
        assert client.get(path, headers=headers).status_code == 400
        assert client.get(f"{path}?api-version=x", headers=headers).status_code == 200
        other = path.replace("batchEndpoints", "onlineEndpoints")
        answer = client.put(f"{other}?api-version=x", headers=headers)
        assert answer.status_code == 501


_VALID = {"aud": "https://ml.azure.com"}


def _post(
    lab: Lab,
    properties: Mapping[str, Any],
    token: Mapping[str, Any] | None = _VALID,
    **headers: str,
) -> httpx.Response:
    uri = lab.ml.batch_endpoints.get("samples").scoring_uri
    if token:
        headers["Authorization"] = f"Bearer {_token(token)}"
    with _client(lab) as client:
        return client.post(uri, json={"properties": properties}, headers=headers)


def _client(lab: Lab) -> httpx.Client:
    context = ssl.create_default_context(cafile=lab.cloud.ca_bundle)
    return httpx.Client(base_url=lab.cloud.url, verify=context)


def _token(claims: Mapping[str, Any]) -> str:
    usual = {"exp": int(time.time()) + 600, "iss": "https://sts.windows.net/x/"}
    return jwt.encode({**usual, **claims}, "k" * 32, algorithm="HS256")
