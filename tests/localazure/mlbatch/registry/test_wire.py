"""Bodies and ids, where azure-ai-ml would not send what is tried here."""

import json
from typing import Any

import pytest

from localazure.mlbatch.errors import InvalidRequestError
from localazure.mlbatch.registry.asset_wire import AssetResource, EnvironmentProperties
from localazure.mlbatch.registry.ids import AssetKey, Ids
from localazure.mlbatch.registry.serving_wire import DeploymentResource, EndpointResource
from localazure.mlbatch.registry.wire import read

_WORKSPACE = (
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"
)
_IDS = Ids(_WORKSPACE)
_DEPLOYMENT = {
    "model": {"assetId": "azureml:m:1"},
    "codeConfiguration": {"codeId": "azureml:c:1", "scoringScript": "score.py"},
    "environmentId": "azureml:e:1",
    "compute": "azureml:cpu",
}


@pytest.mark.parametrize(
    "text",
    [
        "azureml:fleet:V1",
        f"{_WORKSPACE}/models/fleet/versions/V1",
        f"azureml:{_WORKSPACE}/models/fleet/versions/V1",
        f"{_WORKSPACE.replace('Groups', 'groups').lower()}/models/fleet/versions/V1",
    ],
)
def test_an_asset_has_several_ids(text: str) -> None:
    """Short and long forms name the same asset; ARM ignores case."""
    assert _IDS.asset("models", "model", text) == AssetKey("models", "fleet", "V1")


@pytest.mark.parametrize(
    "text",
    [
        "fleet:V1",
        "azureml:fleet",
        "azureml:fleet@latest",
        "azureml:..:1",
        "azureml://registries/r/models/fleet/versions/V1",
        f"{_WORKSPACE}2/models/fleet/versions/V1",
        f"{_WORKSPACE}/codes/fleet/versions/V1",
        f"{_WORKSPACE}/models/fleet/versions/V1/more",
    ],
)
def test_other_ids_are_refused(text: str) -> None:
    """What names no model of this workspace is told with its field."""
    with pytest.raises(InvalidRequestError, match=r"^`(model|name)`"):
        _IDS.asset("models", "model", text)


@pytest.mark.parametrize("text", ["cpu", "azureml:cpu", f"{_WORKSPACE}/computes/cpu"])
def test_a_compute_has_several_ids(text: str) -> None:
    """The SDK sends the long form, YAML files have the others."""
    assert _IDS.compute("compute", text) == "cpu"
    with pytest.raises(InvalidRequestError, match="`compute`"):
        _IDS.compute("compute", f"{_WORKSPACE}/clusters/cpu")


def test_null_means_left_out() -> None:
    """Clients that send every field get the defaults of those that are null."""
    body = {**_DEPLOYMENT, "miniBatchSize": None, "retrySettings": {"maxRetries": 1}}
    settings = _deployment({**body, "tags": None}).properties.settings()
    assert (settings.mini_batch_size, settings.output_action) == (10, "append_row")
    assert (settings.retry_settings.max_retries, settings.retry_settings.timeout) == (1, 30)


def test_what_was_kept_reads_as_what_was_sent() -> None:
    """A resource survives the store, however its enumerations were spelled."""
    sent = _deployment(
        {
            **_DEPLOYMENT,
            "outputAction": "SummaryOnly",
            "loggingLevel": "Debug",
            "retrySettings": {"timeout": "PT1H5M"},
        }
    )
    kept = DeploymentResource.model_validate_json(json.dumps(sent.document()))
    assert kept.properties.settings() == sent.properties.settings()
    assert kept.properties.settings().output_action == "summary_only"
    assert kept.properties.settings().retry_settings.timeout == 3900


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"speed": 9}, "`properties.speed`: Extra inputs"),
        ({"compute": None}, "`properties.compute`: Field required"),
        ({"model": {"referenceType": "DataPath", "assetId": "a"}}, "referenceType"),
        (
            {"codeConfiguration": {"codeId": "a", "scoringScript": "../x.py"}},
            "`properties.codeConfiguration.scoringScript`: .* below the code folder",
        ),
        ({"retrySettings": {"timeout": "soon"}}, "`properties.retrySettings.timeout`"),
        ({"outputAction": "Print"}, "`properties.outputAction`"),
    ],
)
def test_a_deployment_that_breaks_rules_is_refused(changes: dict[str, Any], told: str) -> None:
    """The field, the rule and the value are told."""
    with pytest.raises(InvalidRequestError, match=told):
        _deployment({**_DEPLOYMENT, **changes})


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"properties": 1}'])
def test_a_body_that_is_none_is_refused(body: bytes) -> None:
    """Whatever comes, the answer is a bad request."""
    with pytest.raises(InvalidRequestError):
        read(EndpointResource, body)


def test_an_environment_has_one_base() -> None:
    """An image or a build context, and not both."""
    for properties in ({}, {"image": "a", "build": {"contextUri": "b"}}):
        with pytest.raises(InvalidRequestError, match="either `image` or `build`"):
            read(
                AssetResource[EnvironmentProperties],
                json.dumps({"properties": properties}).encode(),
            )


def _deployment(properties: dict[str, Any]) -> DeploymentResource:
    tags = properties.pop("tags", {})
    return read(DeploymentResource, json.dumps({"tags": tags, "properties": properties}).encode())
