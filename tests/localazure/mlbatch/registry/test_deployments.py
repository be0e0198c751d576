"""Endpoints and deployments that azure-ai-ml creates, and jobs that run on them."""

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError

from tests.localazure.mlbatch.conftest import ENDED
from tests.localazure.mlbatch.registry.conftest import COMPUTE, Workshop


def test_blue_goes_and_green_comes(shop: Workshop, endpoint: str) -> None:
    """Deploy, score, deploy the next version beside it, score, switch, and switch back."""
    deployments = shop.lab.ml.batch_deployments
    blue, green = shop.model(endpoint, "V1", "1"), shop.model(endpoint, "V2", "2")
    shop.deploy("blue", endpoint, model=f"azureml:{blue.id}")
    assert shop.switch(endpoint, "blue").defaults.deployment_name == "blue"
    assert shop.score(endpoint, None) == "part-0.txt=1"

    # An environment that is written into the deployment is registered without a name.
    latest = f"azureml:{endpoint}@latest"
    shop.deploy("green", endpoint, model=latest, environment={"image": "other"})
    assert [item.name for item in deployments.list(endpoint)] == ["blue", "green"]
    assert deployments.get("green", endpoint).model == green.id
    assert shop.score(endpoint, "green") == "part-0.txt=2"
    assert shop.lab.ml.batch_endpoints.get(endpoint).defaults.deployment_name == "blue"

    for default, row in (("green", "2"), ("blue", "1")):
        assert shop.switch(endpoint, default).defaults.deployment_name == default
        assert shop.score(endpoint, None) == f"part-0.txt={row}"
    # The same name takes another model; jobs that come later have it.
    shop.deploy("green", endpoint, model=f"azureml:{blue.id}")
    assert shop.score(endpoint, "green") == "part-0.txt=1"


def test_what_was_deployed_can_be_removed(shop: Workshop, endpoint: str) -> None:
    """All but the default; removing it once more is fine; an endpoint takes its deployments."""
    ml = shop.lab.ml
    shop.model("fleet", "V1")
    shop.deploy("blue", endpoint)
    shop.deploy("green", endpoint)
    shop.switch(endpoint, "blue")
    with pytest.raises(ResourceExistsError, match="'blue' is the default"):
        ml.batch_deployments.begin_delete("blue", endpoint)
    for _ in range(2):
        ml.batch_deployments.begin_delete("green", endpoint).result()
    assert [item.name for item in ml.batch_deployments.list(endpoint)] == ["blue"]
    for _ in range(2):
        ml.batch_endpoints.begin_delete(endpoint).result()
    with pytest.raises(ResourceNotFoundError):
        ml.batch_endpoints.get(endpoint)
    assert shop.endpoint(endpoint, tags={"a": "b"}).tags == {"a": "b"}
    assert list(ml.batch_deployments.list(endpoint)) == []


def test_all_settings_of_a_deployment_are_kept(shop: Workshop, endpoint: str) -> None:
    """What was sent comes back; what was left out has Azure ML's default."""
    shop.model("fleet", "V1")
    shop.deploy("blue", endpoint)
    found = shop.lab.ml.batch_deployments.get("blue", endpoint)
    assert (found.mini_batch_size, found.max_concurrency_per_instance) == (3, 2)
    assert (str(found.output_action), found.output_file_name) == ("append_row", "scores.csv")
    assert (found.error_threshold, found.logging_level.lower()) == (0, "debug")
    assert (found.retry_settings.max_retries, found.retry_settings.timeout) == (1, 90)
    assert (found.environment_variables, found.tags) == ({"GREETING": "hello"}, {"team": "blue"})
    assert found.resources.instance_count == 1
    assert found.compute.endswith(f"/computes/{COMPUTE}")
    assert found.environment.endswith("/environments/scoring/versions/1")
    assert found.code_configuration.scoring_script == "score.py"

    shop.deploy("plain", endpoint, settings={"mini_batch_size": 4}, resources={"instance_count": 2})
    found = shop.lab.ml.batch_deployments.get("plain", endpoint)
    assert (found.mini_batch_size, found.error_threshold, found.instance_count) == (4, -1, 2)
    assert (found.retry_settings.max_retries, found.retry_settings.timeout) == (3, 30)
    # What was fetched can be sent again, as scripts do that change one field.
    found.mini_batch_size = 7
    shop.lab.ml.batch_deployments.begin_create_or_update(found).result()
    assert shop.lab.ml.batch_deployments.get("plain", endpoint).mini_batch_size == 7


def test_what_a_deployment_names_must_exist(shop: Workshop, endpoint: str) -> None:
    """All that is missing is told at once, and nothing is created."""
    with pytest.raises(HttpResponseError) as caught:
        shop.deploy(
            *("blue", endpoint),
            model="azureml:nope:1",
            environment="azureml:no:2",
            compute="nowhere",
        )
    assert caught.value.status_code == 400
    for told in ("models/nope:1", "environments/no:2", "'nowhere'"):
        assert told in str(caught.value)
    assert list(shop.lab.ml.batch_deployments.list(endpoint)) == []
    with pytest.raises(ResourceNotFoundError, match="'missing'"):
        shop.deploy("blue", "missing")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"resources": {"instance_count": 0}}, "properties.resources.instanceCount"),
        ({"settings": {"mini_batch_size": 0}}, "properties.miniBatchSize"),
        ({"settings": {"mini_batch_size": 1, "error_threshold": -2}}, "properties.errorThreshold"),
        (
            {"settings": {"mini_batch_size": 1, "output_file_name": "a/b.csv"}},
            "properties.outputFileName",
        ),
        (
            {"settings": {"mini_batch_size": 1, "max_concurrency_per_instance": 0}},
            "properties.maxConcurrencyPerInstance",
        ),
        (
            {"settings": {"mini_batch_size": 1, "retry_settings": {"max_retries": -1}}},
            "properties.retrySettings.maxRetries",
        ),
        ({"name": "under_score"}, "deployment name"),
    ],
)
def test_a_wrong_setting_is_refused(shop: Workshop, changes: dict[str, object], field: str) -> None:
    """The answer names the field."""
    shop.model("fleet", "V1")
    changed = {"name": "wrong", **changes}
    with pytest.raises(HttpResponseError) as caught:
        shop.deploy(str(changed.pop("name")), "samples", **changed)
    assert caught.value.status_code == 400
    assert f"`{field}`" in str(caught.value)


def test_an_endpoint_of_a_file_takes_further_deployments(shop: Workshop) -> None:
    """What was PUT goes before the files, and removing it shows them again."""
    ml = shop.lab.ml
    shop.model("fleet", "V1", "5")
    for deployment in ("further", "tables"):
        shop.deploy(deployment, "samples", model="azureml:fleet:V1", description="put")
    try:
        found = {item.name: item.description for item in ml.batch_deployments.list("samples")}
        assert found["further"] == found["tables"] == "put"
        assert "rows" in found
        assert shop.switch("samples", "further").defaults.deployment_name == "further"
    finally:
        shop.switch("samples", "rows")
        for deployment in ("further", "tables"):
            ml.batch_deployments.begin_delete(deployment, "samples").result()
    ml.batch_endpoints.begin_delete("samples").result()
    assert ml.batch_endpoints.get("samples").defaults.deployment_name == "rows"
    assert ml.batch_deployments.get("tables", "samples").description is None
    for delete in (
        lambda: ml.batch_deployments.begin_delete("tables", "samples"),
        lambda: ml.batch_endpoints.begin_delete("samples"),
    ):
        with pytest.raises(ResourceExistsError, match=r"a file of localazure\.yml"):
            delete()


def test_a_default_must_exist(shop: Workshop, name: str) -> None:
    """An endpoint that would answer with nothing is refused, new or old."""
    for endpoint in (name, "samples"):
        with pytest.raises(HttpResponseError, match=r"properties\.defaults\.deploymentName"):
            shop.endpoint(endpoint, defaults={"deployment_name": "nope"})
    with pytest.raises(ResourceNotFoundError):
        shop.lab.ml.batch_endpoints.get(name)
    assert shop.lab.ml.batch_endpoints.get("samples").defaults.deployment_name == "rows"


def test_a_model_may_be_one_file(shop: Workshop, endpoint: str) -> None:
    """The file lies in AZUREML_MODEL_DIR."""
    model = shop.model(endpoint, "1", "7", file="/deep/weight.txt")
    shop.deploy("blue", endpoint, model=f"azureml:{model.id}")
    assert shop.score(endpoint, "blue") == "part-0.txt=7"


def test_a_model_that_is_not_in_the_lake_fails_the_job(shop: Workshop, endpoint: str) -> None:
    """The job says which model, and where it should be; a script that is not in the code, too."""
    model = shop.model(endpoint, "1", file="/nothing")
    shop.deploy("blue", endpoint, model=f"azureml:{model.id}")
    told = _failure(shop, endpoint)
    assert f"/models/{endpoint}/versions/1 has no files: lake/models/{endpoint}/1/nothing" in told
    shop.model(endpoint, "2")
    code = shop.lab.ml.batch_deployments.get("blue", endpoint).code_configuration
    shop.deploy(
        *("blue", endpoint),
        model=f"azureml:{endpoint}:2",
        code_configuration={"code": f"azureml:{code.code}", "scoring_script": "other.py"},
    )
    assert _failure(shop, endpoint) == "`scoring_script`: there is no other.py in the code"


def _failure(shop: Workshop, endpoint: str) -> str:
    job = shop.invoke(endpoint, "blue")
    shop.lab.wait_for(job, *ENDED)
    assert shop.lab.status(job) == "Failed"
    return shop.lab.properties(job)["error"]
