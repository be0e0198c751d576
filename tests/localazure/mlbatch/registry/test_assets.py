"""Models, environments and code of the workspace, as azure-ai-ml registers them."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from azure.ai.ml.entities import Environment, Model
from azure.ai.ml.entities._assets._artifacts.code import Code
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError

from tests.localazure.mlbatch.conftest import LAKE
from tests.localazure.mlbatch.registry.conftest import SAMPLES, Workshop


def test_a_model_is_found_by_version_and_as_the_latest(shop: Workshop, name: str) -> None:
    """Every version stays; the latest is the one that was registered last."""
    models = shop.lab.ml.models
    for version in ("20260301-ab12cd34", "2", "10"):
        assert shop.model(name, version).version == version
    assert models.get(name, "2").path.endswith(f"/datastores/lake/paths/models/{name}/2")
    assert models.get(name, label="latest").version == "10"
    assert [item.version for item in models.list(name)] == ["10", "2", "20260301-ab12cd34"]
    assert [item.version for item in models.list(name, stage="Production")] == []
    assert {item.name: item.latest_version for item in models.list()}[name] == "10"
    with pytest.raises(ResourceNotFoundError, match=f"'{name}:9'"):
        models.get(name, "9")


def test_a_version_without_a_number_gets_the_next_one(shop: Workshop, name: str) -> None:
    """The SDK asks for the next version when none is given."""
    models, path = shop.lab.ml.models, f"{LAKE}/models/{name}/a"
    assert models.create_or_update(Model(name=name, path=path)).version == "1"
    shop.model(name, "20260301-ab12cd34")
    assert models.create_or_update(Model(name=name, path=path)).version == "2"


def test_a_version_never_points_elsewhere(shop: Workshop, name: str) -> None:
    """The same path again is fine, and changes the words about it; another path is refused."""
    models, path = shop.lab.ml.models, f"{LAKE}/models/{name}/1"
    shop.model(name, "1")
    again = Model(name=name, version="1", path=f"{path}/", tags={"stage": "tried"})
    assert models.create_or_update(again).tags == {"stage": "tried"}
    with pytest.raises(HttpResponseError) as caught:
        models.create_or_update(Model(name=name, version="1", path=f"{path}/deep"))
    assert caught.value.status_code == 400
    assert "(UserError) Asset paths cannot be updated." in str(caught.value)
    assert models.get(name, "1").path.endswith(f"models/{name}/1/")


def test_an_archived_version_is_not_listed(shop: Workshop, name: str) -> None:
    """It can still be found by its version, and restored."""
    models = shop.lab.ml.models
    shop.model(name, "1")
    models.archive(name, "1")
    assert list(models.list(name)) == []
    assert [item.version for item in models.list(name, list_view_type="All")] == ["1"]
    models.restore(name, "1")
    assert [item.version for item in models.list(name)] == ["1"]


def test_many_versions_come_in_pages(shop: Workshop, name: str) -> None:
    """The SDK follows the link to the next page."""
    models = shop.lab.ml.models
    versions = [str(number) for number in range(1, 121)]
    for version in versions:
        path = f"{LAKE}/models/{name}/{version}"
        models.create_or_update(Model(name=name, version=version, path=path))
    assert [item.version for item in models.list(name)] == versions[::-1]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": "no spaces"}, "`name`"),
        ({"version": "a,b"}, "`version`"),
        ({"path": "azureml://datastores/nope/paths/a"}, "the datastore 'nope'"),
        ({"path": "https://example.com/a"}, "`properties.modelUri`: the address"),
        ({"path": f"{LAKE}/"}, "must be a file or a folder"),
    ],
)
def test_a_model_that_cannot_be_is_refused(
    shop: Workshop, name: str, changes: dict[str, Any], told: str
) -> None:
    """The answer names the field, the rule and the value."""
    stated = {"name": name, "version": "1", "path": f"{LAKE}/a", **changes}
    with pytest.raises(HttpResponseError) as caught:
        shop.lab.ml.models.create_or_update(Model(**stated))
    assert caught.value.status_code == 400
    assert told in str(caught.value)


def test_an_environment_is_kept_and_shown(shop: Workshop, name: str) -> None:
    """The SDK sends the content of the conda file; a version never changes its definition."""
    environments = shop.lab.ml.environments
    found = environments.get("scoring", label="latest")
    assert found.image.startswith("mcr.microsoft.com/")
    assert found.conda_file["dependencies"] == ["python=3.11"]
    assert shop.environment().version == "1"
    with pytest.raises(ResourceExistsError, match="another definition"):
        environments.create_or_update(Environment(name="scoring", version="1", image="other"))
    # Without a version, the SDK tries the latest and turns to the next when it is taken.
    for image, version in (("first", "1"), ("first", "1"), ("second", "2")):
        assert environments.create_or_update(Environment(name=name, image=image)).version == version
    assert {item.name: item.latest_version for item in environments.list()}[name] == "2"


@pytest.mark.parametrize(
    ("conda_file", "told"), [("a: [", "must be YAML"), ("just text", "must be a conda file")]
)
def test_a_conda_file_that_is_none_is_refused(
    shop: Workshop, name: str, conda_file: str, told: str
) -> None:
    """Azure builds images from it, so that it must be one."""
    environment = Environment(name=name, version="1", image="image")
    environment._translated_conda_file = conda_file
    environment.conda_file = {"x": 1}
    with pytest.raises(HttpResponseError, match=told):
        shop.lab.ml.environments.create_or_update(environment)


def test_unchanged_code_is_not_uploaded_twice(shop: Workshop, tmp_path: Path) -> None:
    """Code is found again by its content; another content is another asset."""
    codes, folder = shop.lab.ml._code, tmp_path / "code"
    shutil.copytree(SAMPLES / "code", folder)
    (folder / "only.txt").write_text(str(tmp_path))
    first = codes.create_or_update(Code(path=folder))
    stored = _blobs(shop)
    assert {name.rpartition("/")[2] for name in stored} >= {"score.py", "only.txt"}
    assert codes.create_or_update(Code(path=folder)).id == first.id
    assert _blobs(shop) == stored
    (folder / "only.txt").write_text("other")
    second = codes.create_or_update(Code(path=folder))
    assert second.id != first.id
    assert len(_blobs(shop)) == len(stored) + 2
    assert codes.get(second.name, second.version).path.startswith(shop.lab.cloud.blob_uri)


def _blobs(shop: Workshop) -> set[str]:
    return set(shop.lab.lake.list_blob_names(name_starts_with="azureml/codes/"))
